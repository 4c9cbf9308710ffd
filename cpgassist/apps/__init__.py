"""Front doors: what people and programs call. Each opens the halls below it and knows no other door."""
