"""What the program says in fixed English sentences, each with its Bahasa Malaysia (`malay` says how they are read).

The first pattern that fits a whole sentence counts, so the narrower one stands first. `{n_...}` takes a number, and
`malay` says what the other slots take.
"""

from __future__ import annotations

_STATES = {
    "The guideline answers part of this.": "Garis panduan menjawab sebahagian sahaja.",
    "The guidelines here do not answer this.": "Garis panduan di sini tidak menjawab soalan ini.",
    "The guidelines print different things. Both are shown.": (
        "Garis panduan mencetak perkara yang berbeza. Kedua-duanya ditunjukkan."
    ),
    "This is not a question for the guidelines.": "Ini bukan soalan untuk garis panduan.",
    "Answers are quoted, not written: no language model is loaded.": (
        "Jawapan dipetik, bukan ditulis: tiada model bahasa dimuatkan."
    ),
    "Act now, as the guideline prints it": "Bertindak sekarang, seperti yang tercetak dalam garis panduan",
    "Recommendations": "Saranan",
    "Table rows": "Baris jadual",
    "From the text": "Daripada teks",
    "Algorithms": "Algoritma",
    "Figures": "Rajah",
    "page {n_page} (printed {label})": "muka surat {n_page} (tercetak {label})",
    "page {n_page}": "muka surat {n_page}",
    "This edition is {n_years} years old.": "Edisi ini berusia {n_years} tahun.",
    "retrieval": "carian",
    "answering": "jawapan",
    "total": "jumlah",
    "definite": "pasti",
    "probable": "berkemungkinan",
    "possible": "mungkin",
}

_SILENCE = {
    "The guidelines here do not answer this. {said_rest}": (
        "Garis panduan di sini tidak menjawab soalan ini. {said_rest}"
    ),
    "{model} read the lines found and names none that answers. {said_rest}": (
        "{model} membaca baris yang ditemui dan tidak menamakan satu pun yang menjawab. {said_rest}"
    ),
    "{model} read the lines found and names none that answers.": (
        "{model} membaca baris yang ditemui dan tidak menamakan satu pun yang menjawab."
    ),
    "Searched: {n_searched} guideline. {said_rest}": "Dicari: {n_searched} garis panduan. {said_rest}",
    "Searched: {n_searched} guidelines. {said_rest}": "Dicari: {n_searched} garis panduan. {said_rest}",
    "Searched: {n_searched} guideline.": "Dicari: {n_searched} garis panduan.",
    "Searched: {n_searched} guidelines.": "Dicari: {n_searched} garis panduan.",
    "Nothing similar was found.": "Tiada yang serupa ditemui.",
    "It does not seem to be about anything in them. {said_rest}": (
        "Soalan ini nampaknya tidak berkaitan dengan kandungannya. {said_rest}"
    ),
    "It does not seem to be about anything in them.": "Soalan ini nampaknya tidak berkaitan dengan kandungannya.",
    "None of them prints {said_words}. Closest page: {said_place}": (
        "Tiada satu pun daripadanya mencetak {said_words}. Muka surat terdekat: {said_place}"
    ),
    "None of them prints {said_words}.": "Tiada satu pun daripadanya mencetak {said_words}.",
    "The nearest passages do not print {said_words}. Closest page: {said_place}": (
        "Petikan terdekat tidak mencetak {said_words}. Muka surat terdekat: {said_place}"
    ),
    "The nearest passages do not print {said_words}.": "Petikan terdekat tidak mencetak {said_words}.",
    "'{one}' or '{two}' or '{three}'": "'{one}' atau '{two}' atau '{three}'",
    "'{one}' or '{two}'": "'{one}' atau '{two}'",
    "The nearest passages print no dose of it. {said_rest}": "Petikan terdekat tidak mencetak dosnya. {said_rest}",
    "The nearest passages print no dose of it.": "Petikan terdekat tidak mencetak dosnya.",
    "The nearest passages do not speak of such a patient. {said_rest}": (
        "Petikan terdekat tidak menyebut pesakit seperti ini. {said_rest}"
    ),
    "The nearest passages do not speak of such a patient.": "Petikan terdekat tidak menyebut pesakit seperti ini.",
    "Closest page: {said_place}": "Muka surat terdekat: {said_place}",
    "An older edition has passages on it: {title}, page {n_page}. {said_caution} Include older editions to read them.": (
        "Edisi lama mempunyai petikan tentangnya: {title}, muka surat {n_page}. {said_caution} Sertakan edisi lama untuk "
        "membacanya."
    ),
    "This asks the program to do something else than quote guidelines. Ask a clinical question.": (
        "Ini meminta program melakukan perkara lain selain memetik garis panduan. Tanya soalan klinikal."
    ),
    "What was found is withheld: its words were not found again on the page. Reindex if the file has changed.": (
        "Apa yang ditemui tidak ditunjukkan: kata-katanya tidak ditemui semula pada muka surat. Indeks semula jika fail "
        "telah berubah."
    ),
}

_REMARKS = {
    "This shows what the guideline prints; it does not order or decide for a patient.": (
        "Ini menunjukkan apa yang tercetak dalam garis panduan; ia tidak membuat arahan atau keputusan untuk pesakit."
    ),
    "If this is happening now, follow your emergency procedure first.": (
        "Jika ini sedang berlaku, ikut prosedur kecemasan anda dahulu."
    ),
    "The guideline prints {printed}, not {stated}.": "Garis panduan mencetak {printed}, bukan {stated}.",
    "The guidelines print different things here: {values}. Both are shown.": (
        "Garis panduan mencetak perkara yang berbeza di sini: {values}. Kedua-duanya ditunjukkan."
    ),
    "See the algorithm on {said_page}: {title}.": "Lihat algoritma pada {said_page}: {title}.",
    "See the figure on {said_page}: {title}.": "Lihat rajah pada {said_page}: {title}.",
    "From a table whose columns could not be made out with confidence: read it on page {n_page} itself.": (
        "Daripada jadual yang lajurnya tidak dapat dikenal pasti dengan yakin: baca pada muka surat {n_page} itu sendiri."
    ),
    "Printed for {known_whom} and {known_others}; the question gives {given}.": (
        "Dicetak untuk {known_whom} dan {known_others}; soalan memberi {given}."
    ),
    "Printed for {known_whom} and {known_others}; the question is about {said_patient}.": (
        "Dicetak untuk {known_whom} dan {known_others}; soalan ini tentang {said_patient}."
    ),
    "Printed for {said_whom}; the question gives {given}.": "Dicetak untuk {said_whom}; soalan memberi {given}.",
    "Printed for {said_whom}; the question is about {said_patient}.": (
        "Dicetak untuk {said_whom}; soalan ini tentang {said_patient}."
    ),
    "Printed for {said_whom}.": "Dicetak untuk {said_whom}.",
}

_PATIENTS = {
    "newborns": "bayi baru lahir",
    "infants": "bayi",
    "children": "kanak-kanak",
    "adolescents": "remaja",
    "adults": "orang dewasa",
    "older people": "warga emas",
    "pregnancy": "kehamilan",
    "patients who are not pregnant": "pesakit yang tidak hamil",
    "kidney impairment": "gangguan fungsi buah pinggang",
    "normal kidney function": "fungsi buah pinggang normal",
    "dialysis": "dialisis",
    "patients who are not on dialysis": "pesakit yang tidak menjalani dialisis",
    "liver impairment": "gangguan fungsi hati",
    "normal liver function": "fungsi hati normal",
    "breastfeeding": "penyusuan susu ibu",
    "HIV": "HIV",
    "patients without HIV": "pesakit tanpa HIV",
    "patients without an allergy": "pesakit tanpa alahan",
    "men": "lelaki",
    "women": "wanita",
    "inpatients": "pesakit dalam",
    "outpatients": "pesakit luar",
    "immunocompromised patients": "pesakit imunokompromi",
    "immunocompetent patients": "pesakit imunokompeten",
    "not breastfeeding patients": "pesakit yang tidak menyusukan bayi",
    "a newborn": "bayi baru lahir",
    "an infant": "bayi",
    "a child": "kanak-kanak",
    "an adolescent": "remaja",
    "an adult": "orang dewasa",
    "an older person": "warga emas",
    "a man": "lelaki",
    "a woman": "wanita",
    "a patient who is not pregnant": "pesakit yang tidak hamil",
    "an inpatient": "pesakit dalam",
    "an outpatient": "pesakit luar",
    "a patient without an allergy": "pesakit tanpa alahan",
    "an immunocompromised patient": "pesakit imunokompromi",
    "an immunocompetent patient": "pesakit imunokompeten",
    "a patient without HIV": "pesakit tanpa HIV",
    "a patient who is not breastfeeding": "pesakit yang tidak menyusukan bayi",
    "age {age}": "umur {age}",
    "allergy to {drug}": "alahan kepada {drug}",
    "a {n_age}-year-old": "pesakit berumur {n_age} tahun",
    "an {n_age}-year-old": "pesakit berumur {n_age} tahun",
    "a {n_age}-month-old": "pesakit berumur {n_age} bulan",
    "an {n_age}-month-old": "pesakit berumur {n_age} bulan",
    "a {n_age}-week-old": "pesakit berumur {n_age} minggu",
    "an {n_age}-week-old": "pesakit berumur {n_age} minggu",
    "a {n_age}-day-old": "pesakit berumur {n_age} hari",
    "an {n_age}-day-old": "pesakit berumur {n_age} hari",
}

_CHIPS = {
    "Newborn?": "Bayi baru lahir?",
    "Infant?": "Bayi?",
    "Child?": "Kanak-kanak?",
    "Adolescent?": "Remaja?",
    "Adult?": "Dewasa?",
    "Older person?": "Warga emas?",
    "Pregnant?": "Hamil?",
    "Kidney impairment?": "Gangguan buah pinggang?",
    "eGFR?": "eGFR?",
    "On dialysis?": "Menjalani dialisis?",
    "Liver impairment?": "Gangguan hati?",
    "Breastfeeding?": "Menyusukan bayi?",
    "Immunocompromised?": "Imunokompromi?",
    "HIV?": "HIV?",
    "Man or woman?": "Lelaki atau wanita?",
    "Inpatient?": "Pesakit dalam?",
    "Any allergy?": "Ada alahan?",
    "Child {age}?": "Kanak-kanak {age}?",
    "Age {age}?": "Umur {age}?",
    "Allergic to {drug}?": "Alah kepada {drug}?",
}

_MODEL = {
    "The language model failed; the guideline's own lines are shown without its summary.": (
        "Model bahasa gagal; baris garis panduan sendiri ditunjukkan tanpa ringkasannya."
    ),
    "The lines below were picked without the language model. {said_why}": (
        "Baris di bawah dipilih tanpa model bahasa. {said_why}"
    ),
    "The lines below were picked without the language model.": "Baris di bawah dipilih tanpa model bahasa.",
    "It failed with {kind}.": "Ia gagal dengan {kind}.",
    "A sentence of the language model is withheld: it {said_reason}.": (
        "Satu ayat model bahasa tidak ditunjukkan: ayat itu {said_reason}."
    ),
    "cites no line that can be read": "tidak merujuk kepada baris yang boleh dibaca",
    'leaves out "{words}" of the cited line': 'meninggalkan "{words}" daripada baris yang dirujuk',
    "denies what the cited line does not deny": "menafikan apa yang tidak dinafikan oleh baris yang dirujuk",
    'differs from the cited line, which has "{words}"': 'berbeza daripada baris yang dirujuk, yang menyebut "{words}"',
    "says what the cited lines do not have": "menyebut apa yang tiada dalam baris yang dirujuk",
    "A passage on page {n_page} of {title} is withheld: it gives instructions to a language model. Tell whoever keeps the "
    "guidelines.": (
        "Satu petikan pada muka surat {n_page} dalam {title} tidak ditunjukkan: ia memberi arahan kepada model bahasa. "
        "Beritahu penjaga garis panduan ini."
    ),
    "The reranker {name} failed: the passages stand in the order of the search alone. {error}": (
        "Penyusun semula {name} gagal: petikan disusun mengikut carian sahaja. {error}"
    ),
    "The reranker {name} failed: the lines were picked without it. {error}": (
        "Penyusun semula {name} gagal: baris dipilih tanpanya. {error}"
    ),
}

_EDITIONS = {
    "{title} is quoted here. {said_caution}": "{title} dipetik di sini. {said_caution}",
    "Superseded by {title}. Its review was due in {date}.": (
        "Digantikan oleh {title}. Semakannya sepatutnya dibuat pada {date}."
    ),
    "Superseded by {title}.": "Digantikan oleh {title}.",
    "Its review was due in {date}.": "Semakannya sepatutnya dibuat pada {date}.",
    "Read from a scanned page by OCR: check the numbers on the page image.": (
        "Dibaca daripada muka surat imbasan oleh OCR: semak angkanya pada imej muka surat."
    ),
    "Read from a scanned page by OCR: check the numbers on the page image. Uncertain: {numbers}.": (
        "Dibaca daripada muka surat imbasan oleh OCR: semak angkanya pada imej muka surat. Tidak pasti: {numbers}."
    ),
}

_ASKING = {
    "Type a question first.": "Taip soalan dahulu.",
    "Ask about a finding, a test, a drug or a dose.": "Tanya tentang penemuan klinikal, ujian, ubat atau dos.",
    "This question has {n_has} characters; the limit is {n_limit}.": (
        "Soalan ini mempunyai {n_has} aksara; hadnya {n_limit}."
    ),
    "The question has {n_has} characters; at most {n_limit} are read.": (
        "Soalan ini mempunyai {n_has} aksara; paling banyak {n_limit} dibaca."
    ),
    "Ask one thing at a time.": "Tanya satu perkara pada satu masa.",
    "The question is empty.": "Soalan ini kosong.",
    "Type a clinical question.": "Taip soalan klinikal.",
    "These findings say nothing to search for: each is empty, denied or normal.": (
        "Penemuan ini tiada apa-apa untuk dicari: setiap satu kosong, dinafikan atau normal."
    ),
    "Type what is seen, or a question about it.": "Taip apa yang dilihat, atau soalan tentangnya.",
    "One of the chosen guidelines is not in the index.": "Satu daripada garis panduan yang dipilih tiada dalam indeks.",
    "There is no guideline {name} in this corpus.": "Tiada garis panduan {name} dalam korpus ini.",
    "See `cpgassist status`.": "Lihat `cpgassist status`.",
    "Something went wrong on this computer, and the question was not answered.": (
        "Sesuatu yang tidak kena berlaku pada komputer ini, dan soalan tidak dijawab."
    ),
    "Ask again. If it happens again, tell the person who looks after this installation.": (
        "Tanya semula. Jika ia berlaku lagi, beritahu penjaga pemasangan ini."
    ),
    "The index was made by {made}, the configured embedder is {set}.": (
        "Indeks dibuat oleh {made}, sedangkan pembenam yang ditetapkan ialah {set}."
    ),
    "Run `cpgassist reindex`, or configure the index's embedder.": (
        "Jalankan `cpgassist reindex`, atau tetapkan pembenam indeks itu."
    ),
    "Run `cpgassist reindex`.": "Jalankan `cpgassist reindex`.",
    "Run: cpgassist doctor": "Jalankan: cpgassist doctor",
    "another computer": "komputer lain",
    "a language model": "model bahasa",
}

_PHOTOS = {
    "The description of this photo is no longer kept.": "Huraian foto ini tidak lagi disimpan.",
    "Describe the photo again, or discard it.": "Huraikan foto sekali lagi, atau buang foto itu.",
    "The findings could not be read.": "Penemuan tidak dapat dibaca.",
    "Reload the page and describe the photo again.": "Muat semula halaman ini dan huraikan foto sekali lagi.",
    "At most {n_items} findings of {n_letters} letters are searched with.": (
        "Paling banyak {n_items} penemuan dengan {n_letters} huruf digunakan untuk carian."
    ),
    "Shorten them.": "Pendekkan penemuan itu.",
    "No model here looks at photos. One that you choose stays in this browser, beside what you type.": (
        "Tiada model di sini yang melihat foto. Foto yang anda pilih kekal dalam pelayar ini, di sebelah apa yang anda taip."
    ),
    "Photos are sent to {said_place} to be described, and are not kept here.": (
        "Foto dihantar ke {said_place} untuk dihuraikan, dan tidak disimpan di sini."
    ),
    "Photos are described on this computer, in memory, and are not kept.": (
        "Foto dihuraikan pada komputer ini, dalam memori, dan tidak disimpan."
    ),
    "Findings described by the user; no model has seen a photo.": (
        "Penemuan dihuraikan oleh pengguna; tiada model yang melihat foto."
    ),
    "Description of a photo by a language model: for research use, not a diagnosis. Check it against the patient.": (
        "Huraian foto oleh model bahasa: untuk kegunaan penyelidikan, bukan diagnosis. Semak dengan keadaan pesakit."
    ),
    "Description of a photo by a language model, changed by the user: for research use, not a diagnosis. Check it against "
    "the patient.": (
        "Huraian foto oleh model bahasa, diubah oleh pengguna: untuk kegunaan penyelidikan, bukan diagnosis. Semak dengan "
        "keadaan pesakit."
    ),
    "The photo cannot be described reliably: {said_why}": "Foto ini tidak dapat dihuraikan dengan pasti: {said_why}",
    "Take another, or type what you see.": "Ambil foto lain, atau taip apa yang anda lihat.",
    "The description was stopped before it was finished.": "Huraian dihentikan sebelum ia selesai.",
    "The model wrote nothing that can be read as a description.": (
        "Model tidak menulis apa-apa yang boleh dibaca sebagai huraian."
    ),
    "The model's text repeats itself and is no description.": "Teks model berulang-ulang dan bukan huraian.",
    "The model named no findings.": "Model tidak menamakan sebarang penemuan.",
    "The model named {n_more} more findings than the {n_kept} that are kept.": (
        "Model menamakan {n_more} penemuan lebih daripada {n_kept} yang disimpan."
    ),
    "Left out of the model's description, for a photo's description may not say what to do or give: {n_lines} of its "
    "lines.": (
        "Dikeluarkan daripada huraian model, kerana huraian foto tidak boleh menyatakan apa yang perlu dibuat atau diberi: "
        "{n_lines} barisnya."
    ),
    "Left out of the model's description, for it may identify the patient: {n_lines} of its lines.": (
        "Dikeluarkan daripada huraian model, kerana mungkin mengenal pasti pesakit: {n_lines} barisnya."
    ),
    "Describing photos is switched off here.": "Huraian foto dimatikan di sini.",
    "Type what you see as findings, or set CPGASSIST_PHOTO=research.": (
        "Taip apa yang anda lihat sebagai penemuan, atau tetapkan CPGASSIST_PHOTO=research."
    ),
    "No language model is configured that could describe a photo.": (
        "Tiada model bahasa ditetapkan yang boleh menghuraikan foto."
    ),
    "Type what you see as findings, or configure a model: cpgassist models.": (
        "Taip apa yang anda lihat sebagai penemuan, atau tetapkan model: cpgassist models."
    ),
    "The model {name} cannot see photos.": "Model {name} tidak dapat melihat foto.",
    "Configure one that can, or type what you see as findings.": (
        "Tetapkan model yang boleh, atau taip apa yang anda lihat sebagai penemuan."
    ),
    "Something went wrong on this computer, and the photo was not described.": (
        "Sesuatu yang tidak kena berlaku pada komputer ini, dan foto tidak dihuraikan."
    ),
    "Try again, or type what you see.": "Cuba lagi, atau taip apa yang anda lihat.",
    "No photo was given.": "Tiada foto diberikan.",
    "Choose one, or type what you see.": "Pilih satu, atau taip apa yang anda lihat.",
    "{n_photos} photos are too many.": "{n_photos} foto terlalu banyak.",
    "Choose at most {n_most}.": "Pilih paling banyak {n_most}.",
    "The photo did not arrive whole.": "Foto tidak sampai dengan lengkap.",
    "Describe it again.": "Huraikan sekali lagi.",
    "A before and after pair has two photos.": "Pasangan sebelum dan selepas mempunyai dua foto.",
    "Give them in the order before, after.": "Beri mengikut urutan sebelum, selepas.",
    "Photo {n_number}: {said_why}": "Foto {n_number}: {said_why}",
    "Photo {n_number} is larger than {n_size} MB.": "Foto {n_number} lebih besar daripada {n_size} MB.",
    "The photo is empty.": "Foto ini kosong.",
    "The photo is larger than {n_size} MB.": "Foto ini lebih besar daripada {n_size} MB.",
    "The photo has more than {n_pixels} million pixels.": "Foto ini mempunyai lebih daripada {n_pixels} juta piksel.",
    "The photo is damaged or cut off and cannot be read.": "Foto ini rosak atau terpotong dan tidak dapat dibaca.",
    "The photo is not a picture that can be read.": "Foto ini bukan gambar yang boleh dibaca.",
    "The photo is {what}, whatever its name says, not a photo.": (
        "Fail ini ({what}) bukan foto, walau apa pun namanya."
    ),
    "Give the picture file again; perhaps it was not copied whole.": (
        "Beri fail gambar sekali lagi; mungkin ia tidak disalin dengan lengkap."
    ),
    "Pictures are read as {kinds}.": "Gambar dibaca sebagai {kinds}.",
    "Export it smaller, for example with a longest side of 2000 pixels.": (
        "Eksport foto itu dengan saiz lebih kecil, contohnya sisi terpanjang 2000 piksel."
    ),
    "Copy or export it again, as JPEG or PNG.": "Salin atau eksport sekali lagi, sebagai JPEG atau PNG.",
    "Save the picture as JPEG or PNG and give that file.": "Simpan gambar sebagai JPEG atau PNG dan beri fail itu.",
    "Shrunk from {n_width} x {n_height} pixels, so that small details may be lost.": (
        "Dikecilkan daripada {n_width} x {n_height} piksel, maka butiran kecil mungkin hilang."
    ),
    "The file says that text is burned into the picture; it may identify the patient.": (
        "Fail menyatakan bahawa teks tertanam dalam gambar; ia mungkin mengenal pasti pesakit."
    ),
}

_PLACES = {
    "{title}, page {n_page}, section {section}.": "{title}, muka surat {n_page}, bahagian {section}.",
    "{title}, page {n_page}.": "{title}, muka surat {n_page}.",
}
"""They fit much, and stand last."""

SENTENCES: dict[str, str] = {
    **_STATES, **_SILENCE, **_REMARKS, **_PATIENTS, **_CHIPS, **_MODEL, **_EDITIONS, **_ASKING, **_PHOTOS, **_PLACES,
}  # fmt: skip
"""English to Bahasa Malaysia."""
