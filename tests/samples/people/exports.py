"""Files as programs of offices, banks, laboratories and administrations write them, each in its own way."""

import csv
import datetime

from corpus import (
    IN_OPAQUE, People, any_table, clock, day, decimal_comma, delimited, flag, german, instant, integer, moment, number, opaque, or_text, quarantined, table, text,
    utc,
)
from tables import CITIES, contacts

D = datetime.date
T = datetime.datetime
DAYS = [D(2024, 12, 31), D(2024, 1, 5), D(2024, 2, 29), D(2024, 7, 14), D(2023, 11, 30), D(2024, 3, 17)] * 2
NOT_READ = quarantined("table_*", "personal_data_in_opaque")


def spreadsheets(corpus):
    path = "spreadsheets/excel-us.csv"
    people = People(path)
    columns = [integer("Order"), or_text(day("Date", "%-m/%-d/%Y")), text("Customer Email"), text("Phone"),
               or_text(number("Amount", lambda value: f"{value:,.2f}")), flag("Paid", "TRUE", "FALSE")]
    made = [(row, DAYS[row], people.email(row), people.phone(row), row * 1000.25, row % 2 == 0) for row in range(12)]
    corpus.add_table(path, "Excel, United States", columns, made, people)
    path = "spreadsheets/excel-us-utf8.csv"
    people = People(path)
    made = [(row, DAYS[row], people.email(row), people.phone(row), row * 1000.25, row % 2 == 0) for row in range(12)]
    corpus.add_table(path, "Excel's 'CSV UTF-8'", columns, made, people, bom=b"\xef\xbb\xbf")
    path = "spreadsheets/excel-de.csv"
    people = People(path)
    columns = [integer("Nr"), day("Datum", "%d.%m.%Y"), text("E-Mail"), text("Straße"), or_text(number("Betrag", german)), or_text(flag("bezahlt", "WAHR", "FALSCH"))]
    made = [(row, DAYS[row], people.email(row), f"Prüfgäßchen {row}", row * 1000.25, row % 2 == 0) for row in range(12)]
    corpus.add_table(path, "Excel, Germany: semicolons, Windows-1252, decimal commas", columns, made, people, encoding="cp1252", delimiter=";")
    path = "spreadsheets/excel-fr.csv"
    people = People(path)
    columns = [integer("N°"), day("Date", "%d/%m/%Y"), text("Courriel"), text("Ville"),
               or_text(number("Montant", lambda value: german(value).replace(".", "\u00a0"))), or_text(flag("payé", "VRAI", "FAUX"))]
    made = [(row, DAYS[row], people.email(row), "Orléans", row * 1000.25, row % 2 == 0) for row in range(12)]
    corpus.add_table(path, "Excel, France: thousands between no-break spaces", columns, made, people, encoding="cp1252", delimiter=";")
    path = "spreadsheets/excel-uk.csv"
    people = People(path)
    columns = [integer("Ref"), day("Date", "%d/%m/%Y"), text("Email"), or_text(number("Amount", lambda value: f"£{value:,.2f}"))]
    corpus.add_table(path, "Excel, United Kingdom: day first, pounds", columns, [(row, DAYS[row], people.email(row), row * 1000.25) for row in range(12)], people, encoding="cp1252",
                     also=[quarantined("table_*", says="rows are bad")])
    path = "spreadsheets/excel-it-sep.csv"
    people = People(path)
    columns = [integer("Numero"), text("Posta"), or_text(number("Importo", decimal_comma))]
    made = [(row, people.email(row), row + 0.5) for row in range(12)]
    corpus.add(path, "Excel, Italy, with sep=;", "sep=;\r\n" + delimited(columns, made, ";"), table(columns, made, people), people=people)
    path = "spreadsheets/excel-errors.csv"
    columns = [integer("id"), text("ratio"), text("found")]
    corpus.add_table(path, "errors of formulas among numbers", columns, [(1, "0.5", "a"), (2, "#DIV/0!", "#N/A"), (3, "1.25", "#REF!"), (4, "#VALUE!", "b")])
    path = "spreadsheets/excel-scientific.csv"
    columns = [or_text(number("EAN", lambda value: f"{value:.5E}")), text("article")]
    corpus.add_table(path, "long numbers that Excel has made short: 4.00596E+12", columns, [(4.00596e12, "thing"), (4.01234e12, "other")])
    path = "spreadsheets/excel-formula-texts.csv"
    columns = [text("code"), text("note")]
    content = 'code,note\r\n="00123",one\r\n="00124",two\r\n'
    corpus.add(path, '="00123", so that zeros stay', content, table(columns, [('="00123"', "one"), ('="00124"', "two")]))
    path = "spreadsheets/excel-empty-columns.csv"
    people = People(path)
    content = "id,email,,\r\n" + "".join(f"{row},{people.email(row)},,\r\n" for row in range(12))
    corpus.add(path, "empty columns at the right, without names", content, quarantined("table_duplicate_column"), people=people)
    path = "spreadsheets/excel-one-name-missing.csv"
    people = People(path)
    content = "id,,email\r\n" + "".join(f"{row},x,{people.email(row)}\r\n" for row in range(12))
    corpus.add(path, "one name is missing", content, quarantined("table_duplicate_column"), people=people)
    path = "spreadsheets/libreoffice.csv"
    people = People(path)
    columns = [integer("id"), text("name"), text("email"), number("amount"), day("since")]
    made = [(row, people.name(row), people.email(row), row + 0.5, DAYS[row]) for row in range(12)]
    content = "".join('"%s","%s","%s",%s,%s\n' % row for row in [("id", "name", "email", '"amount"', '"since"')] + made)
    corpus.add(path, "LibreOffice: texts in quotes, LF", content, table(columns, made, people), people=people)
    path = "spreadsheets/libreoffice-cell-as-shown.csv"
    people = People(path)
    columns = [integer("id"), text("email"), or_text(number("share", lambda value: f"{value:.0%}"))]
    corpus.add(path, "LibreOffice, cells as shown: per cents", delimited(columns, [(row, people.email(row), row / 100) for row in range(12)]),
               table([columns[0], columns[1], text("share")], [(row, people.email(row), f"{row}%") for row in range(12)], people),
               table([columns[0], columns[1], number("share")], [(row, people.email(row), row / 100) for row in range(12)], people), people=people)
    path = "spreadsheets/numbers.csv"
    people, columns, made = contacts(path)
    corpus.add(path, "Numbers: the table's name stands above the header", "Table 1\n" + delimited(columns, made, eol="\n"), table(columns, made, people), people=people)
    path = "spreadsheets/google-sheets.csv"
    people = People(path)
    columns = [text("Name"), text("Email"), text("Comment")]
    made = [(people.name(row), people.email(row), f"first line\nsecond, line {row}") for row in range(12)]
    corpus.add_table(path, "Google Sheets: CRLF between rows, LF within cells", columns, made, people)
    path = "spreadsheets/google-sheets.tsv"
    people = People(path)
    columns = [text("Name"), text("Email"), flag("Here", "TRUE", "FALSE")]
    corpus.add_table(path, "Google Sheets' tabs", columns, [(people.name(row), people.email(row), row % 2 == 0) for row in range(12)], people, delimiter="\t")


def business(corpus):
    def orders(path, says, columns, make, rows=12, **dialect):
        people = People(f"business/{path}")
        corpus.add_table(f"business/{path}", says, columns, [make(people, row) for row in range(rows)], people, **dialect)

    orders("sap-se16.csv", "SAP: leading zeros, minus behind, 20240131", [text("KUNNR"), text("SMTP_ADDR"), or_text(integer("ERDAT")), text("WRBTR")],
           lambda people, row: (f"{row:010}", people.email(row), int(DAYS[row].strftime("%Y%m%d")), german(row * 1000.5 + 1) + ("-" if row % 2 else "")), delimiter=";")
    orders("sap-bw.csv", "SAP BW: German dates and decimals", [text("Kunde"), text("E-Mail"), day("Datum", "%d.%m.%Y"), or_text(number("Umsatz", german))],
           lambda people, row: (f"{row:06}", people.email(row), DAYS[row], row * 1000.5), delimiter=";", encoding="cp1252")
    path = "business/sap-list.txt"
    people = People(path)
    line = "-" * 76 + "\r\n"
    body = "".join(f"| {row:010} | {people.name(row):<20} | {people.email(row):<36} |\r\n" for row in range(12))
    corpus.add(path, "SAP's list on a printer: bars, lines of hyphens, a title", "31.12.2024   Dynamic List Display   1\r\n" + line + f"| {'Customer':<10} | {'Name':<20} | {'E-Mail':<36} |\r\n" + line + body + line,
               NOT_READ, people=people)
    orders("salesforce-report.csv", "Salesforce: everything in quotes, times in Zulu, texts of several lines",
           [text("Id"), text("Name"), text("Email"), instant("CreatedDate", "%Y-%m-%dT%H:%M:%S.000Z"), flag("IsActive"), text("Description")],
           lambda people, row: (f"0030Y00000Ab{row:02}xQAB", people.name(row), people.email(row), utc(2024, 1, 1 + row, 10), row % 2 == 0, f"line 1\nline \"2\", {row}"),
           quoting=csv.QUOTE_ALL, eol="\n")
    orders("salesforce-loader.csv", "Salesforce's Data Loader: capitals", [text("ID"), text("EMAIL"), text("PHONE"), day("BIRTHDATE")],
           lambda people, row: (f"0030Y00000Ac{row:02}xQAB", people.email(row), people.phone(row), people.birthday(row)), quoting=csv.QUOTE_ALL)
    orders("shopify-orders.csv", "Shopify: names with #, offsets without a colon, rows of further articles that are empty elsewhere",
           [text("Name"), text("Email"), text("Financial Status"), or_text(instant("Paid at", "%Y-%m-%d %H:%M:%S %z")), number("Total", lambda value: f"{value:.2f}"),
            text("Lineitem name"), text("Shipping Zip"), text("Shipping Phone")],
           lambda people, row: (f"#{1000 + row // 2}", people.email(row // 2), "paid", utc(2024, 1 + row % 12, 28, 10, offset_hours=-5), row + 9.5, f"Thing - {row}", "'07030", people.phone(row // 2))
           if row % 2 == 0 else (f"#{1000 + row // 2}", people.email(row // 2), None, None, None, f"Thing - {row}", None, None))
    orders("stripe-payments.csv", "Stripe: identifiers, UTC times without seconds, cards' last digits",
           [text("id"), moment("Created (UTC)", "%Y-%m-%d %H:%M"), number("Amount", lambda value: f"{value:.2f}"), text("Currency"), text("Customer Email"), text("Card Last4")],
           lambda people, row: (f"ch_invented{row}", T(2024, 1 + row, 28, 10, row), row + 1.5, "usd", people.email(row), f"{row * 77:04}"))
    orders("paypal-de.csv", "PayPal, Germany: a byte order mark, quotes, decimal commas, times",
           [day("Datum", "%d.%m.%Y"), clock("Uhrzeit", "%H:%M:%S"), text("Zeitzone"), text("Absender E-Mail-Adresse"), or_text(number("Brutto", german)), text("Beschreibung")],
           lambda people, row: (DAYS[row], datetime.time(10, row, 5), "CET", people.email(row), -row * 1000.5, "Zahlung"), bom=b"\xef\xbb\xbf", quoting=csv.QUOTE_ALL)
    orders("amazon-orders.txt", "Amazon: tabs, ISO times with offsets", [text("order-id"), instant("purchase-date"), text("buyer-email"), text("buyer-phone-number"), text("sku"), number("item-price")],
           lambda people, row: (f"302-{row:07}-1234567", utc(2024, 1 + row, 28, 10, offset_hours=1), people.email(row), people.phone(row), f"SKU-{row}", row + 9.99), delimiter="\t")
    orders("woocommerce.csv", "WooCommerce: meta columns with colons", [integer("ID"), text("Billing: Email"), text("Meta: _billing_phone"), moment("Order Date", "%Y-%m-%d %H:%M:%S"), text("Status")],
           lambda people, row: (row, people.email(row), people.phone(row), T(2024, 1 + row, 28, 10), "wc-completed"))
    orders("mailchimp.csv", "Mailchimp: capitals, empty cells, text that is quoted", [text("Email Address"), text("First Name"), integer("MEMBER_RATING"), moment("OPTIN_TIME", "%Y-%m-%d %H:%M:%S"), text("TAGS")],
           lambda people, row: (people.email(row), None if row % 3 else "Ada", 2, T(2024, 1 + row, 28, 10), '"customer","vip"' if row % 2 else None))
    orders("hubspot.csv", "HubSpot: quotes everywhere, empty texts", [integer("Record ID"), text("Email"), text("Phone Number"), text("Lifecycle Stage"), moment("Create Date", "%Y-%m-%d %H:%M")],
           lambda people, row: (row + 10**10, people.email(row), people.phone(row), None, T(2024, 1 + row, 28, 10)), quoting=csv.QUOTE_ALL)
    orders("xero.csv", "Xero: asterisks before required names, day first", [text("*ContactName"), text("EmailAddress"), text("*InvoiceNumber"), day("*InvoiceDate", "%d/%m/%Y"), number("*Quantity"), number("*UnitAmount")],
           lambda people, row: (people.name(row), people.email(row), f"INV-{row:04}", DAYS[row], row + 0.5, row + 9.5))
    orders("eventbrite.csv", "tickets with prices in dollars", [integer("Order #"), text("Email"), text("Ticket Type"), or_text(number("Total Paid", lambda value: f"${value:.2f}")), flag("Attended", "Yes", "No")],
           lambda people, row: (row + 10**9, people.email(row), "Early bird", row + 9.5, row % 2 == 0))
    orders("google-contacts.csv", "Google's contacts: many empty columns", [text("Name"), text("Given Name"), text("Yomi Name"), text("E-mail 1 - Value"), text("Phone 1 - Value"), text("Notes")],
           lambda people, row: (people.name(row), people.name(row).split()[0], None, people.email(row), people.phone(row), None), eol="\n")
    orders("outlook-contacts.csv", "Outlook's contacts: Windows-1252, many empty columns", [text("Vorname"), text("Nachname"), text("E-Mail-Adresse"), text("Straße geschäftlich"), text("Telefon (privat)")],
           lambda people, row: ("Jörg", "Muster", people.email(row), None, people.phone(row)), encoding="cp1252", quoting=csv.QUOTE_ALL)
    path = "business/linkedin-connections.csv"
    people = People(path)
    columns = [text("First Name"), text("Last Name"), text("Email Address"), or_text(day("Connected On", "%d %b %Y"))]
    made = [(*people.name(row).split(), people.email(row), DAYS[row]) for row in range(12)]
    notes = 'Notes:\n"When exporting your connection data, you may notice that some addresses are missing."\n\n'
    corpus.add(path, "LinkedIn: notes of two lines above the header", notes + delimited(columns, made, eol="\n"), table(columns, made, people), NOT_READ, people=people)
    path = "business/datev.csv"
    people = People(path)
    columns = [or_text(number("Umsatz (ohne Soll/Haben-Kz)", decimal_comma)), text("Soll/Haben-Kennzeichen"), integer("Konto"), text("Belegdatum"), text("Buchungstext")]
    made = [(row + 0.5, "S", 8400, f"{row + 1:02}01", f"Zahlung {people.email(row)}") for row in range(9)]
    head = '"EXTF";700;21;"Buchungsstapel";13;20240131120000000;;"RE";"";"";29098;55003;20240101;4;20240101;20240131;"Prüfung";"";1;0;0;"EUR"\r\n'
    corpus.add(path, "DATEV: a line about the batch above the header, Windows-1252", (head + delimited(columns, made, ";")).encode("cp1252"),
               NOT_READ, table(columns, made, people), people=people)
    path = "business/quickbooks.csv"
    people = People(path)
    content = "Invented Ltd.\r\nCustomer Contact List\r\n\r\n,Customer,Phone,Email\r\n" + "".join(f",{people.name(row)},{people.phone(row)},{people.email(row)}\r\n" for row in range(12))
    content += ",,,\r\nTOTAL,12,,\r\n"
    corpus.add(path, "QuickBooks: titles, an empty first column, a total", content, NOT_READ, quarantined("table_duplicate_column"), people=people)
    path = "business/jira.csv"
    people = People(path)
    content = "Issue key,Reporter,Labels,Labels\r\n" + "".join(f"INV-{row},{people.email(row)},a,b\r\n" for row in range(12))
    corpus.add(path, "Jira: one column for each label, all called Labels", content, quarantined("table_duplicate_column"), people=people)
    path = "business/crm.json"
    corpus.add(path, "settings of a program in JSON, without people", '{\n  "version": 3,\n  "colours": {"open": "red"},\n  "limits": {"a": 1}\n}\n', opaque(), quarantined("table_*"))


def databases(corpus):
    def dump(name, says, columns, make, **dialect):
        path = f"databases/{name}"
        people = People(path)
        corpus.add_table(path, says, columns, [make(people, row) for row in range(12)], people, **dialect)

    usual = [integer("id"), text("email"), moment("created_at", "%Y-%m-%d %H:%M:%S"), number("balance")]
    make = lambda people, row: (row, people.email(row), T(2024, 1 + row, 28, 10, 5), row + 0.5)
    dump("postgres-copy.csv", "PostgreSQL's COPY … CSV HEADER", [*usual[:2], or_text(flag("active", "t", "f")), or_text(instant("at", "%Y-%m-%d %H:%M:%S+00"))],
         lambda people, row: (row, people.email(row), row % 2 == 0, utc(2024, 1 + row, 28, 10)), eol="\n")
    dump("sqlite.csv", "SQLite's .mode csv", usual, make, eol="\r\n")
    dump("mysql-workbench.csv", "MySQL Workbench: semicolons, NULL in words", [integer("id"), text("email"), or_text(integer("age", missing="NULL"))],
         lambda people, row: (row, people.email(row), None if row % 4 == 0 else row + 20), delimiter=";", eol="\n")
    dump("mysql-batch.tsv", "mysql --batch: tabs, NULL in words", [integer("id"), text("email"), or_text(moment("deleted_at", "%Y-%m-%d %H:%M:%S", missing="NULL"))],
         lambda people, row: (row, people.email(row), None if row % 4 else T(2024, 1 + row, 28, 10)), delimiter="\t", eol="\n")
    dump("phpmyadmin.csv", "phpMyAdmin: everything in quotes", usual, make, quoting=csv.QUOTE_ALL, eol="\n")
    dump("sqlserver-results.csv", "SQL Server Management Studio: a byte order mark, times with fractions", [integer("Id"), text("Email"), moment("Created", "%Y-%m-%d %H:%M:%S.%f")],
         lambda people, row: (row, people.email(row), T(2024, 1 + row, 28, 10, 5, 0, 120_000)), bom=b"\xef\xbb\xbf")
    dump("sqlserver-utf16.txt", "SQL Server's results to a file: UTF-16, tabs", [integer("Id"), text("Email")], lambda people, row: (row, people.email(row)),
         delimiter="\t", encoding="utf-16-le", bom=b"\xff\xfe")
    dump("oracle-developer.csv", "Oracle SQL Developer: quotes around texts, 31-DEC-24", [integer("ID"), text("EMAIL"), or_text(day("HIRED", "%d-%b-%y"))],
         lambda people, row: (row, people.email(row), DAYS[row]), quoting=csv.QUOTE_ALL, eol="\n")
    dump("access.txt", "Access: semicolons, 31.12.2024 00:00:00", [integer("ID"), text("EMail"), or_text(moment("Eingang", "%d.%m.%Y %H:%M:%S"))],
         lambda people, row: (row, people.email(row), T(2024, 1 + row, 28)), delimiter=";")
    dump("snowflake.csv", "Snowflake: everything in quotes, LF", usual, make, quoting=csv.QUOTE_ALL, eol="\n")
    dump("mongoexport.csv", "mongoexport: nested names, Zulu", [text("_id"), text("contact.email"), instant("created", "%Y-%m-%dT%H:%M:%S.000Z")],
         lambda people, row: (f"65a0{row:020x}", people.email(row), utc(2024, 1 + row, 28, 10)), eol="\n")

    path = "databases/mysql-outfile.csv"
    people = People(path)
    content = "".join(f'{row},"say \\"hi\\"","{people.email(row)}",\\N\n' for row in range(12))
    corpus.add(path, "MySQL's INTO OUTFILE: no header, quotes behind backslashes, \\N", content, NOT_READ, people=people)
    path = "databases/postgres-copy.tsv"
    people = People(path)
    columns = [integer("id"), text("email"), text("note")]
    made = [(row, people.email(row), "one\\ttwo\\nthree" if row % 2 else "\\N") for row in range(12)]
    content = "id\temail\tnote\n" + "".join(f"{row}\t{email}\t{note}\n" for row, email, note in made)
    meant = [(row, email, "one\ttwo\nthree" if row % 2 else None) for row, email, _ in made]
    corpus.add(path, "PostgreSQL's COPY with tabs: \\N and \\t", content, table(columns, made, people), table(columns, meant, people), people=people)
    path = "databases/psql.txt"
    people = People(path)
    body = "".join(f" {row:>2} | {people.email(row):<36} \n" for row in range(12))
    corpus.add(path, "psql's table on a screen", f" id | {'email':<36} \n----+{'-' * 38}\n" + body + "(12 rows)\n\n", NOT_READ, people=people)
    path = "databases/psql-unaligned.txt"
    people = People(path)
    columns = [integer("id"), text("email")]
    made = [(row, people.email(row)) for row in range(30)]
    corpus.add(path, "psql -A: bars, and the number of rows below", delimited(columns, made, "|", eol="\n") + "(30 rows)\n", table(columns, made, people, bad=[32]), table(columns, made, people),
               quarantined("table_*"), people=people)
    path = "databases/mysql-table.txt"
    people = People(path)
    line = f"+----+{'-' * 38}+\n"
    corpus.add(path, "MySQL's table on a screen", line + f"| id | {'email':<36} |\n" + line + "".join(f"| {row:>2} | {people.email(row):<36} |\n" for row in range(12)) + line, NOT_READ, people=people)
    path = "databases/mysqldump.sql"
    people = People(path)
    inserts = ",\n".join(f"({row},'{people.name(row)}','{people.email(row)}')" for row in range(12))
    corpus.add(path, "mysqldump", f"-- MySQL dump 10.13\nCREATE TABLE `people` (`id` int, `name` varchar(99), `email` varchar(99));\nINSERT INTO `people` VALUES {inserts};\n", IN_OPAQUE, people=people)
    path = "databases/pg_dump.sql"
    people = People(path)
    body = "".join(f"{row}\t{people.name(row)}\t{people.email(row)}\n" for row in range(12))
    corpus.add(path, "pg_dump", f"--\n-- PostgreSQL database dump\n--\n\nSET client_encoding = 'UTF8';\n\nCOPY public.people (id, name, email) FROM stdin;\n{body}\\.\n", IN_OPAQUE, people=people)
    path = "databases/schema.sql"
    corpus.add(path, "a schema in SQL, without rows", "CREATE TABLE a (\n  id integer PRIMARY KEY,\n  name text NOT NULL\n);\n\nCREATE INDEX b ON a (name);\n", opaque())
    path = "databases/oracle-spool.lst"
    people = People(path)
    body = "".join(f"{row:>10} {people.email(row)}\n" for row in range(12))
    corpus.add(path, "SQL*Plus: columns of fixed width", f"\n        ID EMAIL\n---------- {'-' * 40}\n{body}\n12 rows selected.\n", IN_OPAQUE, NOT_READ, people=people)
    path = "databases/influx.txt"
    corpus.add(path, "InfluxDB's line protocol", "".join(f"weather,city=Gotham temperature={row}.5 17040672{row:02}000000000\n" for row in range(12)), opaque(), quarantined("table_*"), any_table())


def banks(corpus):
    path = "banks/mt940.sta"
    people = People(path)
    lines = "".join(f":61:2401{row + 1:02}01{row + 1:02}C{row + 10},50NTRFNONREF\r\n:86:166?00GUTSCHRIFT?20{people.email(row)}?31{people.iban(row)}?32{people.name(row)}\r\n" for row in range(6))
    corpus.add(path, "MT940: an account's statement, with an address in each text", f":20:STARTUMSE\r\n:25:37040044/0532013000\r\n:28C:00001/001\r\n:60F:C240101EUR1000,00\r\n{lines}:62F:C240131EUR1500,00\r\n-\r\n", IN_OPAQUE, people=people)
    path = "banks/mt940-accounts-only.sta"
    people = People(path)
    lines = "".join(f":61:2401{row + 1:02}01{row + 1:02}C{row + 10},50NTRFNONREF\r\n:86:166?00GUTSCHRIFT?31{people.iban(row)}\r\n" for row in range(6))
    corpus.add(path, "MT940 with accounts only, which are kept by default", f":20:STARTUMSE\r\n:25:37040044/0532013000\r\n:28C:00001/001\r\n:60F:C240101EUR1000,00\r\n{lines}:62F:C240131EUR1500,00\r\n-\r\n", opaque(), people=people)
    path = "banks/camt053.xml"
    people = People(path)
    entries = "".join(f"<Ntry><Amt Ccy=\"EUR\">{row}.50</Amt><NtryDtls><Nm>{people.name(row)}</Nm><EmailAdr>{people.email(row)}</EmailAdr><IBAN>{people.iban(row)}</IBAN></NtryDtls></Ntry>\n" for row in range(6))
    corpus.add(path, "CAMT.053 with addresses", f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>\n{entries}</BkToCstmrStmt></Document>\n', IN_OPAQUE, people=people)
    path = "banks/pain001-one-line.xml"
    people = People(path)
    entries = "".join(f"<CdtTrfTxInf><Cdtr><Nm>{people.name(row)}</Nm><PhneNb>{people.phone(row)}</PhneNb></Cdtr></CdtTrfTxInf>" for row in range(30))
    corpus.add(path, "a SEPA order on a single line, with phone numbers", f'<?xml version="1.0"?><Document><CstmrCdtTrfInitn>{entries}</CstmrCdtTrfInitn></Document>', IN_OPAQUE, people=people)
    path = "banks/sparkasse.csv"
    people = People(path)
    columns = [text("Auftragskonto"), day("Buchungstag", "%d.%m.%Y"), text("Verwendungszweck"), text("Beguenstigter/Zahlungspflichtiger"), text("Kontonummer/IBAN"), or_text(number("Betrag", german)), text("Währung")]
    made = [(people.iban(99), DAYS[row], f"Rechnung {row}, Rückfragen an {people.email(row)}", people.name(row), people.iban(row), -row * 1000.5, "EUR") for row in range(12)]
    corpus.add_table(path, "a German savings bank: Windows-1252, quotes, semicolons", columns, made, people, encoding="cp1252", delimiter=";", quoting=csv.QUOTE_ALL)
    path = "banks/dkb.csv"
    people = People(path)
    columns = [day("Buchungsdatum", "%d.%m.%Y"), text("Zahlungsempfänger*in"), text("Verwendungszweck"), or_text(number("Betrag (€)", german))]
    made = [(DAYS[row], people.name(row), f"Zahlung {people.email(row)}", row * 1000.5) for row in range(12)]
    head = f'"Girokonto";"{people.iban(99)}"\n"Kontostand vom 31.12.2024:";"1.234,56 €"\n""\n'
    corpus.add(path, "a German bank: three lines about the account above the header", head + delimited(columns, made, ";", quoting=csv.QUOTE_ALL, eol="\n"), NOT_READ, table(columns, made, people), people=people)
    path = "banks/hsbc.csv"
    people = People(path)
    columns = [day("column_1", "%d/%m/%Y"), text("column_2"), or_text(number("column_3", lambda value: f"{value:,.2f}"))]
    made = [(DAYS[row], f"PAYMENT {people.email(row)}", row * 1000.5) for row in range(12)]
    corpus.add(path, "a British bank: no header", delimited(columns, made, header=False), table(columns, made, people), quarantined("table_*"), people=people)
    path = "banks/chase.csv"
    people = People(path)
    content = "Details,Posting Date,Description,Amount,Balance\r\n" + "".join(f"DEBIT,{DAYS[row]:%m/%d/%Y},\"PAYPAL {people.email(row)}\",-{row}.50,{1000 + row}.25,\r\n" for row in range(12))
    corpus.add(path, "an American bank: rows end with a comma that the header has not", content, NOT_READ, people=people)
    path = "banks/bank-of-america.csv"
    people = People(path)
    content = "Description,,Summary Amt.\r\nBeginning balance as of 01/01/2024,,\"1,000.00\"\r\nTotal credits,,\"2,000.00\"\r\n\r\nDate,Description,Amount,Running Bal.\r\n"
    content += "".join(f"{DAYS[row]:%m/%d/%Y},\"ZELLE {people.phone(row)} {people.email(row)}\",\"{row * 1000:,.2f}\",\"1,000.00\"\r\n" for row in range(12))
    corpus.add(path, "an American bank: a summary of three columns above the table of four", content, NOT_READ, people=people)
    path = "banks/ofx.ofx"
    people = People(path)
    entries = "".join(f"<STMTTRN>\n<TRNAMT>-{row}.50\n<NAME>{people.name(row)}\n<MEMO>{people.email(row)}\n</STMTTRN>\n" for row in range(6))
    corpus.add(path, "OFX", f"OFXHEADER:100\nDATA:OFXSGML\n\n<OFX>\n{entries}</OFX>\n", IN_OPAQUE, people=people)
    path = "banks/quicken.qif"
    people = People(path)
    corpus.add(path, "QIF", "!Type:Bank\n" + "".join(f"D1/{row + 1}'24\nT-{row}.50\nP{people.name(row)}\nM{people.email(row)}\n^\n" for row in range(6)), IN_OPAQUE, people=people)
    path = "banks/cards.csv"
    people = People(path)
    columns = [text("card"), day("valid_until"), text("holder"), number("limit")]
    corpus.add_table(path, "cards of customers", columns, [(people.card(row), DAYS[row], people.name(row), row * 100.5) for row in range(12)], people)
    path = "banks/accounts.csv"
    people = People(path)
    columns = [text("iban"), text("bic"), text("holder"), text("ssn")]
    corpus.add_table(path, "accounts of customers", columns, [(people.iban(row), "INVNDEFFXXX", people.name(row), people.ssn(row)) for row in range(12)], people)


def science(corpus):
    path = "science/pandas.csv"
    people = People(path)
    columns = [integer(""), text("email"), number("score")]
    corpus.add(path, "pandas with its index", delimited(columns, [(row, people.email(row), row + 0.5) for row in range(12)], eol="\n"), quarantined("table_duplicate_column"), people=people)
    path = "science/pandas-without-index.csv"
    people = People(path)
    columns = [text("email"), number("score"), flag("passed", "True", "False"), moment("at", "%Y-%m-%d %H:%M:%S")]
    corpus.add_table(path, "pandas without its index: True and False, empty for NaN", columns, [(people.email(row), None if row % 3 == 0 else row + 0.5, row % 2 == 0, T(2024, 1 + row, 28, 10)) for row in range(12)], people, eol="\n")
    path = "science/pandas-two-headers.csv"
    corpus.add(path, "pandas with columns of two levels", "city,Gotham,Gotham,Springfield\nwhat,low,high,low\n" + "".join(f"{row},{row}.5,{row}.75,1\n" for row in range(12)),
               quarantined("table_duplicate_column"))
    path = "science/r-write-csv.csv"
    people = People(path)
    columns = [text(""), text("email"), number("score", missing="NA")]
    corpus.add(path, "R's write.csv with row names", delimited(columns, [(str(row), people.email(row), row + 0.5) for row in range(12)], quoting=csv.QUOTE_NONNUMERIC, eol="\n"), quarantined("table_duplicate_column"), people=people)
    path = "science/r-without-row-names.csv"
    people = People(path)
    columns = [text("email"), number("score", missing="NA"), flag("passed", "TRUE", "FALSE", missing="NA"), day("when", missing="NA")]
    made = [(people.email(row), None, None, None) if row % 4 == 0 else (people.email(row), row + 0.5, row % 2 == 0, DAYS[row]) for row in range(12)]
    content = '"email","score","passed","when"\n' + "".join(f'"{row[0]}",' + ",".join(column.missing if value is None else column.write(value) for column, value in zip(columns[1:], row[1:])) + "\n" for row in made)
    corpus.add(path, "R's write.csv without row names: NA without quotes", content, table(columns, made, people), people=people)
    path = "science/r-csv2.csv"
    people = People(path)
    columns = [text("email"), or_text(number("score", decimal_comma, missing="NA"))]
    corpus.add_table(path, "R's write.csv2: semicolons, decimal commas, NA", columns, [(people.email(row), None if row % 4 == 0 else row + 0.5) for row in range(12)], people, delimiter=";", eol="\n")
    path = "science/r-write-table.txt"
    people = People(path)
    content = '"email" "score"\n' + "".join(f'"{row}" "{people.email(row)}" {row}.5\n' for row in range(12))
    corpus.add(path, "R's write.table: blanks between fields, one name less than columns", content, NOT_READ, people=people)
    path = "science/numpy-savetxt.csv"
    columns = [number("time"), number("volt")]
    made = [(row * 0.5, row * 0.25) for row in range(12)]
    content = "# time,volt\n" + "".join(f"{a:.18e},{b:.18e}\n" for a, b in made)
    corpus.add(path, "numpy.savetxt: the header behind #, 19 digits", content,
               table(columns, made), table([number("column_1"), number("column_2")], made),
               table([text("column_1", lambda v: f"{v:.18e}"), text("column_2", lambda v: f"{v:.18e}")], made),
               table([text("time", lambda v: f"{v:.18e}"), text("volt", lambda v: f"{v:.18e}")], made),
               table([text("# time", lambda v: f"{v:.18e}"), text("volt", lambda v: f"{v:.18e}")], made),
               table([number("# time"), number("volt")], made), quarantined("table_*"))
    path = "science/numpy-blanks.txt"
    corpus.add(path, "numpy.savetxt with blanks", "".join(f"{row:.18e} {row * 2:.18e}\n" for row in range(12)), opaque(), quarantined("table_*"))
    path = "science/weather-na.csv"
    columns = [text("station"), integer("hour"), number("pressure", lambda value: "1e3" if value == 1000 else repr(value), missing="NA"), integer("wind_dir", missing="NA")]
    made = [("JFK", row % 24, None if row % 11 == 0 else 1000.0 if row % 13 == 0 else 1010.5 + row / 10, None if row % 7 == 0 else row % 36 * 10) for row in range(200)]
    corpus.add_table(path, "a weather station: NA, and 1e3 among pressures", columns, made, eol="\n")
    path = "science/gps.csv"
    columns = [instant("time", "%Y-%m-%dT%H:%M:%SZ"), number("lat"), number("lon"), number("ele")]
    corpus.add_table(path, "a track of positions", columns, [(utc(2024, 1, 1, 10, row), 48.123456 + row / 1e5, 11.987654 - row / 1e5, 500.5) for row in range(30)], eol="\n")
    path = "science/sensor-epoch.csv"
    columns = [integer("ts"), number("value"), text("unit")]
    corpus.add_table(path, "a sensor: milliseconds since 1970", columns, [(1_704_067_200_000 + row, row + 0.5, "°C") for row in range(30)], eol="\n")
    path = "science/stata.csv"
    columns = [integer("id"), text("income")]
    corpus.add_table(path, "Stata: a point for a missing number", columns, [(row, "." if row % 4 == 0 else f"{row}.5") for row in range(1, 13)],
                     also=[table([integer("id"), number("income")], [(row, None if row % 4 == 0 else row + 0.5) for row in range(1, 13)])])
    path = "science/weka.arff"
    corpus.add(path, "Weka's ARFF", "@relation weather\n@attribute outlook {sunny, rainy}\n@attribute temperature real\n@data\n" + "sunny,85.5\nrainy,70.0\n" * 6, opaque(), quarantined("table_*"))
    path = "science/variants.vcf"
    columns = [integer("#CHROM"), integer("POS"), text("ID"), text("REF"), text("ALT")]
    made = [(1, 10_000 + row, f"rs{row}", "A", "G") for row in range(12)]
    content = "##fileformat=VCFv4.2\n##source=invented\n" + delimited(columns, made, "\t", eol="\n")
    corpus.add(path, "variants of a genome: two lines with ##, then a header with #", content, table(columns, made),
               table([integer("CHROM"), *columns[1:]], made), opaque(), quarantined("table_*"))
    path = "science/sequences.fasta"
    corpus.add(path, "sequences", "".join(f">sequence {row}\nACGTACGTACGT\nACGT\n" for row in range(12)), opaque())
    path = "science/fixed-width.txt"
    corpus.add(path, "a report of fixed width without people", "STATION    TEMP   PRESSURE\n" + "".join(f"{'ST' + str(row):<10}{row:>5}{1000 + row:>11}\n" for row in range(12)), opaque(), quarantined("table_*"))
    path = "science/fixed-width-people.txt"
    people = People(path)
    corpus.add(path, "a report of fixed width with people", f"{'NAME':<24}{'SSN':<14}PHONE\n" + "".join(f"{people.name(row):<24}{people.ssn(row):<14}{people.phone(row)}\n" for row in range(12)), IN_OPAQUE, NOT_READ, any_table(), people=people)


def forms(corpus):
    path = "forms/google-forms.csv"
    people = People(path)
    columns = [or_text(moment("Timestamp", "%Y/%m/%d %-I:%M:%S %p")), text("Email Address"), text("How did you hear about us?"), text("Anything else, please\n(optional)"), flag("May we write to you?", "Yes", "No")]
    made = [(T(2024, 1 + row, 28, 10, 5), people.email(row), "Friends, Newspaper", None if row % 2 else "It's \"fine\"", row % 2 == 0) for row in range(12)]
    corpus.add_table(path, "Google Forms: answers with commas, questions of two lines", columns, made, people, quoting=csv.QUOTE_ALL)
    path = "forms/typeform.csv"
    people = People(path)
    columns = [text("#"), text("What's your e-mail?"), flag("Terms", "1", "0"), moment("Start Date (UTC)", "%Y-%m-%d %H:%M:%S"), text("Network ID")]
    made = [(f"{row:032x}", people.email(row), row % 2 == 0, T(2024, 1 + row, 28, 10), f"{row * 7:010x}") for row in range(12)]
    corpus.add(path, "Typeform: # as a name, 1 and 0", delimited(columns, made), table([columns[0], columns[1], integer("Terms"), *columns[3:]], [(*row[:2], int(row[2]), *row[3:]) for row in made], people), people=people)
    path = "forms/surveymonkey.csv"
    people = People(path)
    content = "Respondent ID,Email Address,What do you like?,,\r\n,,Response,Other,More\r\n" + "".join(f"{10**11 + row},{people.email(row)},red,,\r\n" for row in range(12))
    corpus.add(path, "SurveyMonkey: a header of two lines with gaps", content, quarantined("table_duplicate_column"), people=people)
    path = "forms/qualtrics.csv"
    people = People(path)
    head = 'StartDate,RecipientEmail,Q1\r\nStart Date,Recipient Email,"How are you, today?"\r\n"{""ImportId"":""startDate""}","{""ImportId"":""recipientEmail""}","{""ImportId"":""QID1""}"\r\n'
    rows_ = [(f"2024-01-{row + 1:02} 10:00:00", people.email(row), str(row % 5)) for row in range(12)]
    columns = [text("StartDate"), text("RecipientEmail"), text("Q1")]
    heads = [("Start Date", "Recipient Email", "How are you, today?"), ('{"ImportId":"startDate"}', '{"ImportId":"recipientEmail"}', '{"ImportId":"QID1"}')]
    corpus.add(path, "Qualtrics: a header of three lines", head + "".join(",".join(row) + "\r\n" for row in rows_), table(columns, [heads[0], (heads[1][0], "⟨*⟩", heads[1][2]), *rows_], people),
               table(columns, [(heads[0][0], "⟨*⟩", heads[0][2]), (heads[1][0], "⟨*⟩", heads[1][2]), *rows_], people), quarantined("table_*"), people=people)
    path = "forms/limesurvey.csv"
    people = People(path)
    columns = [integer("id. Antwort ID"), text("email. E-Mail-Adresse"), text("G1Q1[SQ001]. Rot"), moment("submitdate. Datum", "%Y-%m-%d %H:%M:%S")]
    made = [(row, people.email(row), "Ja" if row % 2 else None, T(2024, 1 + row, 28, 10)) for row in range(12)]
    as_flag = [*columns[:2], flag("G1Q1[SQ001]. Rot", "Ja", "Nein"), columns[3]]
    corpus.add(path, "LimeSurvey: semicolons, quotes, brackets", delimited(columns, made, ";", quoting=csv.QUOTE_ALL), table(columns, made, people),
               table(as_flag, [(*row[:2], True if row[2] else None, row[3]) for row in made], people), people=people)
    path = "forms/registration.csv"
    people = People(path)
    columns = [text("First name"), text("Surname"), text("E-mail"), text("Mobile"), day("Date of birth", "%d/%m/%Y"), flag("Newsletter", "Yes", "No")]
    made = [(*people.name(row).split(), people.email(row), people.phone(row), D(1980 + row, 1 + row, 28), row % 2 == 0) for row in range(12)]
    corpus.add_table(path, "a club's registrations", columns, made, people)


def government(corpus):
    path = "government/de-open-data.csv"
    columns = [text("Gemeindeschlüssel"), text("Gemeinde"), or_text(integer("Einwohner", lambda value: german(value, 0))), or_text(number("Fläche in km²", german))]
    made = [(f"0{row:07}", f"Müsterstädt {row}", 1000 + row * 1000, row + 10.25) for row in range(12)]
    corpus.add_table(path, "a German city's open data: Windows-1252, semicolons, keys with leading zeros", columns, made, encoding="cp1252", delimiter=";")
    path = "government/destatis.csv"
    content = "Tabelle: 12411-0001\r\nBevölkerung: Deutschland, Stichtag\r\n;Bevölkerungsstand\r\n;Anzahl\r\n" + "".join(f"31.12.{2010 + row};8{row:07}\r\n" for row in range(12)) + "__________\r\n© Invented Office, 2024\r\nStand: 31.12.2024\r\n"
    corpus.add(path, "a statistical office: titles above, notes below, Windows-1252", content.encode("cp1252"), quarantined("table_*"), opaque())
    path = "government/uk-spend.csv"
    columns = [text("Department Family"), day("Date", "%d/%m/%Y"), text("Supplier"), or_text(number("Amount", lambda value: f"{value:,.2f}"))]
    corpus.add_table(path, "spending of a British ministry: day first, thousands between commas", columns, [("Invented Office", DAYS[row], f"Supplier {row}, Ltd.", row * 30000.5) for row in range(12)], encoding="cp1252")
    path = "government/us-census.csv"
    columns = [text("GEO_ID"), text("NAME"), integer("P1_001N")]
    made = [(f"0500000US{row:05}", f"Invented County, State {row}", 1000 * row) for row in range(12)]
    content = "GEO_ID,NAME,P1_001N\n" + "".join(f'{row[0]},"{row[1]}",{row[2]}\n' for row in made)
    corpus.add(path, "a census: keys with leading zeros within", content, table(columns, made))
    path = "government/eurostat.tsv"
    columns = [text("freq,unit,geo\\TIME_PERIOD"), text("2022 "), text("2023 ")]
    content = "freq,unit,geo\\TIME_PERIOD\t2022 \t2023 \n" + "".join(f"A,NR,X{row}\t{row}.5 p\t: \n" for row in range(12))
    corpus.add(path, "Eurostat: commas and tabs in one file, flags behind numbers", content, table(columns, [(f"A,NR,X{row}", f"{row}.5 p", ": ") for row in range(12)]), quarantined("table_*"),
               table([columns[0], text("2022"), text("2023")], [(f"A,NR,X{row}", f"{row}.5 p", ":") for row in range(12)]))
    path = "government/insee.csv"
    columns = [text("CODGEO"), text("LIBGEO"), integer("POP")]
    corpus.add_table(path, "a French office: Latin-1, semicolons", columns, [(f"{row + 1001:05}".replace("01", "0A", 1), "Orléans-la-Forêt", row * 100) for row in range(12)], encoding="latin-1", delimiter=";")
    path = "government/iso-countries.csv"
    columns = [text("name"), text("alpha-2"), text("country-code")]
    corpus.add_table(path, "codes of countries, Namibia's and Norway's among them", columns, [("Namibia", "NA", "516"), ("Norway", "NO", "578"), ("Afghanistan", "AF", "004"), ("Belgium", "BE", "056")] * 3, eol="\n")
    path = "government/timetable-stops.txt"
    columns = [text("stop_id"), text("stop_name"), number("stop_lat"), number("stop_lon"), integer("location_type")]
    corpus.add_table(path, "GTFS: stops of a timetable", columns, [(f"de:0{row}", f"Am Prüfstand {row}", 48.5 + row, 11.25, None if row % 2 else 1) for row in range(12)], bom=b"\xef\xbb\xbf", quoting=csv.QUOTE_ALL)
    path = "government/timetable-times.txt"
    columns = [text("trip_id"), text("arrival_time"), integer("stop_sequence")]
    corpus.add_table(path, "GTFS: times beyond 24:00:00", columns, [(f"T{row}", f"{20 + row}:30:00", row) for row in range(9)], eol="\n")
    path = "government/register.csv"
    people = People(path)
    columns = [text("name"), text("e_mail"), text("telefono"), day("fecha_de_nacimiento", "%d/%m/%Y"), text("codigo_postal")]
    made = [(people.name(row), people.email(row), people.phone(row), D(1980 + row, 1 + row, 28), f"0{row + 1000}") for row in range(12)]
    corpus.add_table(path, "a Spanish register: Latin-1, semicolons", columns, made, people, encoding="latin-1", delimiter=";")
