/** A small database as SQL that makes it, and questions about it with the statements that answer them. */
interface ExampleDatabase {
  readonly schema: string;
  readonly questions: readonly (readonly [question: string, gold: string])[];
}

/** Written for this project. */
export const exampleDatabases: Readonly<Record<string, ExampleDatabase>> = {
  library: {
    schema: `CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT, year INTEGER, author_id INTEGER);
CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT, country TEXT);
CREATE TABLE loan (book_id INTEGER, reader TEXT, days INTEGER);
INSERT INTO author VALUES (1, 'Ana Mora', 'Chile'), (2, 'Ben Okoro', 'Nigeria'), (3, 'Cem Demir', 'Turkey');
INSERT INTO book VALUES (1, 'Salt', 1998, 1), (2, 'Rivers', 2005, 1), (3, 'The Gate', 2011, 2),
  (4, 'Bread', 2019, 3), (5, 'Paper', 2019, NULL);
INSERT INTO loan VALUES (1, 'Ida', 14), (2, 'Ida', 21), (3, 'Jon', 7), (1, 'Kim', 30), (4, 'Jon', 14);`,
    questions: [
      ["How many books are there?", "SELECT count(*) FROM book"],
      ["Which books appeared after 2010?", "SELECT title FROM book WHERE year > 2010"],
      [
        "Who wrote Rivers?",
        "SELECT author.name FROM author JOIN book ON book.author_id = author.id WHERE book.title = 'Rivers'",
      ],
      ["Which books were never lent?", "SELECT title FROM book WHERE id NOT IN (SELECT book_id FROM loan)"],
      [
        "Who borrowed for the most days in all?",
        "SELECT reader FROM loan GROUP BY reader ORDER BY sum(days) DESC LIMIT 1",
      ],
      [
        "How many books has each author written?",
        "SELECT author.name, count(book.id) FROM author LEFT JOIN book ON book.author_id = author.id GROUP BY " +
          "author.id",
      ],
    ],
  },
  trains: {
    schema: `CREATE TABLE station (name TEXT PRIMARY KEY, country TEXT, platforms INTEGER);
CREATE TABLE line (id INTEGER PRIMARY KEY, start TEXT, goal TEXT, kilometres REAL);
INSERT INTO station VALUES ('Basel', 'Switzerland', 10), ('Milano', 'Italy', 24), ('Wien', 'Austria', 12),
  ('Praha', 'Czechia', 16);
INSERT INTO line VALUES (1, 'Basel', 'Milano', 370.5), (2, 'Wien', 'Praha', 400), (3, 'Milano', 'Wien', 880.2);`,
    questions: [
      ["Which station has the most platforms?", "SELECT name FROM station ORDER BY platforms DESC LIMIT 1"],
      ["How long are all lines together?", "SELECT sum(kilometres) FROM line"],
      ["Which lines are longer than 390 kilometres?", "SELECT id FROM line WHERE kilometres > 390"],
      [
        "In which countries does a line end?",
        "SELECT DISTINCT country FROM station JOIN line ON line.goal = station.name",
      ],
      ["At which stations does no line begin?", "SELECT name FROM station EXCEPT SELECT start FROM line"],
      ["What is the mean number of platforms?", "SELECT avg(platforms) FROM station"],
    ],
  },
};
