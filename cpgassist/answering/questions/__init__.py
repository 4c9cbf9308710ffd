"""What a question says besides what it asks: follow-ups, orders and emergencies, values taken for granted, its patient."""
