"""Every word of the chat's own that stands on the screen, in Bahasa Malaysia; `english_words` says what each is for.

Drug names, grades, titles and quotes are the guideline's and never stand here.
"""

from __future__ import annotations

SCREEN = {
    "ask": "Tanya",
    "stop": "Henti",
    "clear": "Sembang baharu",
    "question": "Soalan anda",
    "placeholder": "Tanya soalan klinikal",
    "disclaimer": "Untuk klinisian. Semak muka surat sebelum bertindak. Jangan taip nama atau nombor IC.",
    "local": "Tiada apa-apa keluar dari komputer ini",
    "local_short": "Setempat",
    "remote": "Soalan dihantar ke {}",
    "remote_short": "Bukan setempat",
    "theme": "Cerah atau gelap",
    "other_language": "English",
    "other_language_short": "EN",
    "about": "Perihal",
    "guideline": "garis panduan",
    "welcome": "Apakah kata garis panduan?",
    "promise": "Setiap ayat disertai muka suratnya, dan kata-kata yang dipetik ditandakan padanya.",
    "model": "{} memilih baris dan menulis ringkasan; kod menyemak kedua-duanya.",
    "photo": "Huraikan foto, betulkan apa yang dilihat, kemudian cari",
    "photo_example": "Ujian yang dilukis sebagai foto: huraikan, betulkan apa yang dilihat, kemudian cari",
    "no_photo": "Memerlukan model yang melihat foto; tiada yang disediakan di sini. Anda masih boleh menaip apa yang dilihat.",
    "try": "Cuba satu soalan",
}

BROWSER = {
    "all": "Semua {}",
    "conversation": "Perbualan",
    "evidence": "Bukti",
    "your_question": "Soalan klinikal anda",
    "add_photo": "Tambah foto, atau huraikan apa yang anda lihat",
    "ic": "Ini kelihatan seperti nombor IC.",
    "ic_next": "Buang nombor itu sebelum menghantar.",
    "long": "Soalan ini mempunyai {} aksara; hadnya {}.",
    "long_next": "Pendekkan kepada satu soalan klinikal.",
    "no_card": "Foto tidak dapat dihuraikan buat masa ini.",
    "no_card_next": "Muat semula halaman ini, atau tanya tanpa foto.",
}

FILTERS = {
    "button": "Penapis",
    "guidelines": "Garis panduan",
    "year": "Diterbitkan",
    "any_year": "Semua tahun",
    "year_from": "Sejak {}",
    "editions": "Edisi",
    "current": "Edisi semasa sahaja",
    "older": "Termasuk edisi lama",
    "copies": "salinan dan cabutannya tidak disertakan",
    "older_one": " – edisi lama",
    "nothing": "Tiada garis panduan di sini yang menepati penapis ini.",
    "nothing_next": "Pilih tahun yang lebih awal, garis panduan lain, atau sertakan edisi lama.",
    "unknown_year": "Tahun ini tidak boleh digunakan sebagai penapis.",
    "reload": "Muat semula halaman ini dan pilih sekali lagi.",
}

TURN = {
    "you_asked": "Anda bertanya: ",
    "with_findings": "Dengan penemuan: ",
    "searching": "Mencari dalam {}…",
    "reading": "Model sedang membaca baris ini…",
    "writing": "Masih menulis. Muka surat sudah ada {}.",
    "on_the_right": "di sebelah kanan",
    "here": "di sini",
    "pages_found": "Muka surat ditemui: ",
    "asked_as": "Ditanya sebagai: ",
    "answer": "Jawapan",
    "error": "Tidak dijawab",
    "edit": "Ubah soalan ini",
}

ACTIONS = {
    "heading": "Tindakan untuk jawapan ini",
    "helpful": "Membantu",
    "not_helpful": "Tidak membantu",
    "why": "Apa yang salah?",
    "wrong_page": "Muka surat salah",
    "unsafe": "Tidak selamat",
    "incomplete": "Tidak lengkap",
    "thanks": "Terima kasih: disimpan pada komputer ini, tanpa soalan anda. Klik sekali lagi untuk menariknya balik.",
    "taken_back": "Ditarik balik.",
    "failed": "Ini tidak dapat disimpan.",
    "retry": "Tanya semula",
    "export": "Eksport",
    "html": "Halaman HTML",
    "pdf": "PDF",
    "docx": "Word",
    "saving": "Menyediakan fail…",
    "gone": "Jawapan ini tidak lagi disimpan. Tanya semula untuk mengeksportnya.",
    "gone_feedback": "Jawapan ini tidak lagi disimpan, maka maklum balas tentangnya juga tidak.",
    "not_exported": "Fail tidak dapat dibuat.",
}

EVIDENCE = {
    "title": "Bukti",
    "citation": "Petikan ",
    "tab_page": "m.s. {}",
    "heading": "Muka surat di sebalik setiap ayat",
    "empty": "Tanya satu soalan. Muka surat garis panduan dibuka di sini dengan ayat yang dipetik ditandakan.",
    "none": "Tiada muka surat dipetik dalam jawapan ini.",
    "previous": "Petikan sebelumnya",
    "next": "Petikan seterusnya",
    "close": "Tutup bukti",
    "place": "{} daripada {}",
    "found": "Ditemui perkataan demi perkataan pada muka surat ini",
    "not_found": "Tidak ditemui pada muka surat ini: baca muka surat itu sendiri",
    "found_by": "Ditemui melalui: {}",
    "unmarked": "Tempatnya pada muka surat tidak diketahui; kata-katanya ada di atas.",
    "look": "Lihat muka surat",
    "nothing_quoted": "Muka surat terdekat; tiada apa-apa dipetik daripadanya",
    "open": "Buka muka surat sahaja",
    "copy": "Salin petikan + rujukan",
    "copied": "Disalin",
    "copy_by_hand": "Tekan Ctrl+C untuk menyalin",
    "unsupported": "Petikan tidak menyokong ini",
    "zoom": "Saiz muka surat",
    "zoom_out": "Lebih kecil",
    "fit": "Muat lebar",
    "actual": "100 %",
    "double": "200 %",
    "zoom_in": "Lebih besar",
    "grade": "Gred tercetak: {}",
    "pdf_page": "Muka surat PDF {}",
    "printed_page": "muka surat tercetak {}",
    "superseded": "Edisi yang telah diganti",
}

ANSWER = {
    "bottom_line": "Jawapan ringkas",
    "absent": "Tiada dalam garis panduan",
    "nothing_more": "Tiada lagi ditemui dalam {} yang dicari.",
    "removed_one": "1 ayat dibuang: petikannya tidak ditemui pada muka surat.",
    "removed": "{} ayat dibuang: petikannya tidak ditemui pada muka surat.",
    "source": "Sumber",
    "findings": "Penemuan yang digunakan untuk carian",
    "led_to": "membawa kepada ",
    "limits": "Tidak dapat dipastikan daripada foto: {}",
    "quoted_from": "dipetik daripada {}",
    "copied": "Disalin sel demi sel daripada {}.",
    "the_page": "muka surat itu",
    "closest": "Muka surat terdekat: {}",
    "searched": "Dicari: {}.",
    "and_more": "{} dan {} lagi",
    "what_to_ask": "Tanya tentang penemuan klinikal, ujian, ubat atau dos.",
    "picked_by": "Baris dipilih oleh {}, disemak oleh kod.",
    "read_by": "Dibaca oleh {}.",
    "written_by": "Jawapan ringkas ditulis oleh {}, dan setiap ayatnya disokong oleh baris yang dipetik.",
    "quoted_by_code": "Dipetik oleh kod; tiada apa-apa daripada model bahasa {}.",
}

CHECKS = {
    "found": "{} daripada {} ditemui pada muka surat",
    "by_ocr": "{} dibaca oleh OCR",
    "searched": "{} dicari",
    "of": "{} daripada {}",
    "quote": "petikan",
    "guideline": "garis panduan",
    "row_searched": "Dicari",
    "row_filters": "Penapis",
    "row_numbers": "Angka",
    "numbers": "{} daripada {} ditemui dalam baris yang dipetik",
    "row_writer": "Ditulis oleh",
    "row_time": "Masa",
    "row_index": "Indeks",
}

DIFFER = {
    "guidelines": "Perbezaan antara garis panduan",
    "pages": "Perbezaan antara muka surat",
    "no_year": "Tahun tidak diketahui",
}

EXPORT = {
    "no_question": "Penemuan, tanpa soalan",
    "number": "angka",
    "unfinished": "Model bahasa masih membaca semasa fail ini disimpan: jawapan ringkas mungkin telah berubah.",
    "cited": "Rujukan",
    "withheld": "{} tidak ditunjukkan: tidak ditemui semula pada muka surat, atau tidak disokong oleh baris yang dipetik.",
    "nothing_more": "Tiada lagi ditemui dalam apa yang dicari.",
    "sources": "Sumber",
    "replaced": "Edisi yang lebih baharu ada dalam korpus yang sama.",
    "pages": "Muka surat yang dirujuk",
    "text_layer": "Lapisan teks fail itu pula mengandungi: {}",
    "part": "Sebahagian daripada {} dalam {}, kata-kata petikan {} ditandakan",
    "whole": "{}, sepenuhnya, kata-kata petikan {} ditandakan",
    "not_drawn": "Gambar muka surat ini tidak dapat dilukis: {}",
    "unshown": "{} mewakili aksara yang tiada dalam muka taip fail ini; fail HTML dan DOCX menunjukkannya.",
    "page": "m.s.",
    "page_of": "daripada",
    "about": "Perihal fail ini",
    "saved": "Disimpan",
    "index": "Indeks",
    "picked": "Baris dipilih oleh",
    "by_code": "kod; tiada apa-apa daripada model bahasa",
    "model": "Model bahasa",
    "no_model": "tiada. {}",
    "embedder": "Model carian",
    "footer": "Untuk klinisian. Semak muka surat sebelum bertindak.",
    "disclaimer": (
        "Petikan, baris jadual dan gred disalin daripada garis panduan yang dinamakan di sini; kod menemuinya semula pada "
        "muka surat kecuali jika dinyatakan sebaliknya. Tiada apa-apa ditukar atau dikira. Fail ini bukan preskripsi, arahan "
        "atau diagnosis, dan tidak menggantikan pertimbangan klinikal: sebelum bertindak, baca muka surat yang dirujuk, "
        "pastikan ia terpakai untuk pesakit, dan semak sama ada edisi yang lebih baharu wujud. Ia mungkin menyebut penemuan "
        "seorang pesakit: kendalikan seperti rekod pesakit."
    ),
}

CLARIFY = {"heading": "Baris ini berbeza mengikut", "hint": "Tekan untuk bertanya:"}

ABOUT = {
    "title": "Perihal jawapan ini",
    "close": "Tutup",
    "use": "Kegunaannya",
    "use_text": (
        "Untuk doktor, ahli farmasi dan jururawat yang mencari apa yang tercetak dalam garis panduan amalan klinikal. Ini "
        "bukan diagnosis, bukan preskripsi dan bukan triaj, dan bukan untuk pesakit. Anda yang membuat keputusan, dengan "
        "muka surat itu di hadapan anda."
    ),
    "inputs": "Apa yang dimasukkan",
    "inputs_text": (
        "Soalan anda, penapis di bawah kotak soalan, dan penemuan daripada foto yang telah anda sahkan. Soalan yang tidak "
        "menyebut umur, kehamilan, fungsi buah pinggang atau tahap keterukan turut mendapat baris untuk pesakit lain. "
        "Jangan masukkan nama dan nombor IC. Tiada satu pun ditulis ke cakera: soalan dan jawapan kekal dalam "
        "memori, selama sejam paling lama."
    ),
    "how": "Cara jawapan dibuat",
    "how_text": (
        "Kod mencari petikan dalam garis panduan, mengikut kata dan maknanya, lalu memilih baris. Setiap baris disalin, "
        "kemudian dicari semula pada muka suratnya; yang tidak ditemui di situ dibuang dan dikira. Gred dan sel jadual "
        "disalin seperti yang tercetak, tidak pernah ditukar. Jika tiada yang sesuai, jawapan menyatakannya."
    ),
    "how_model": (
        "Model bahasa {} kemudian memilih antara baris itu dan menulis jawapan ringkas; kod membuang setiap ayat bertulis "
        "yang tidak disokong oleh baris yang dipetik."
    ),
    "how_no_model": "Tiada model bahasa dimuatkan di sini: tiada yang ditulis, semuanya dipetik.",
    "data": "Apa yang dicari",
    "data_text": (
        "Indeks {}. Tiada yang lain dicari, dan apa yang lebih baharu daripada edisi ini tidak diketahui di sini."
    ),
    "measured": "Apa yang diukur",
    "measured_text": (
        "Dalam setiap jawapan: berapa petikan ditemui pada muka suratnya, dan berapa angka terdapat dalam baris yang "
        "dipetik. Kekerapan jawapan yang betul bagi garis panduan ini tidak diukur oleh skrin ini; penjaga pemasangan ini "
        "boleh mengukurnya dengan “cpgassist eval”."
    ),
    "limits": "Apa yang tidak dapat dilakukan",
    "limits_text": (
        "Ia terlepas apa yang ditulis dengan kata lain daripada soalan, apa yang hanya ditunjukkan oleh gambar, dan apa "
        "yang merentas banyak muka surat. Petikan yang benar masih boleh menjadi baris yang salah untuk pesakit anda. Muka "
        "surat yang diimbas mungkin tersalah baca. Jawapan yang tenang dan nampak lengkap mudah dipercayai: buka muka "
        "surat sebelum bertindak."
    ),
}

PHOTO = {
    "photo": "Foto",
    "title": "Foto",
    "choose": "Pilih foto",
    "more": "Tambah satu lagi",
    "pairs": "Sebelum dan selepas",
    "before": "Sebelum",
    "after": "Selepas",
    "earlier": "Alih {} ke hadapan",
    "remove": "Buang {}",
    "no_preview": "Tiada pratonton untuk jenis fail ini",
    "describe": "Huraikan",
    "by_hand": "Huraikan apa yang anda lihat",
    "instead": "Taip sendiri",
    "describing": "Model sedang melihat foto. Belum ada carian dibuat.",
    "stop": "Henti",
    "stopped": "Huraian dihentikan.",
    "findings": "Apa yang ditunjukkan oleh foto",
    "check": (
        "Nyahtanda apa yang salah, ubah kata-katanya, tambah apa yang kurang; soalan boleh ditulis di bawah. Belum ada "
        "carian dibuat."
    ),
    "fill": "Taip apa yang anda lihat; soalan boleh ditulis di bawah. Belum ada carian dibuat.",
    "use": "Guna penemuan {}",
    "finding": "Penemuan {}",
    "add": "Tambah penemuan",
    "possible": "Hanya mungkin, maka tidak ditandakan",
    "notes": "Nota",
    "search": "Cari dengan penemuan ini",
    "discard": "Buang foto",
    "cannot": "Foto ini tidak dapat dihuraikan dengan pasti.",
    "cannot_next": "Ambil foto lain, atau taip apa yang anda lihat.",
    "too_many": "Paling banyak {} foto boleh dihuraikan bersama.",
    "too_many_next": "Buang satu dahulu.",
    "too_large": "Satu foto lebih besar daripada {} MB.",
    "too_large_next": "Eksport foto itu dengan saiz lebih kecil, contohnya sisi terpanjang 2000 piksel.",
    "lost": "Komputer yang menjalankan cpgassist tidak dapat dihubungi.",
    "lost_next": "Pastikan ia masih berjalan, kemudian huraikan foto sekali lagi.",
    "waiting": "Foto belum disahkan.",
    "waiting_next": "Cari dengan penemuannya, atau buang foto itu.",
    "empty": "Tiada penemuan yang ditandakan.",
    "empty_next": "Tandakan atau taip sekurang-kurangnya satu, atau buang foto itu.",
    "certainty_definite": "pasti",
    "certainty_probable": "berkemungkinan",
    "certainty_possible": "mungkin",
    "field_image_type": "Jenis imej",
    "field_anatomy": "Bahagian badan",
    "field_items": "Penemuan",
    "field_limitations": "Had",
}
