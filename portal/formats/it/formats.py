# "4 novembre 2026": Django's own writes the day with two digits.
DATE_FORMAT = "j F Y"
