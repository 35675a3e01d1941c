/** Passages and questions written for this project, small enough to run anywhere: title, text. */
export const examplePassages: readonly (readonly [title: string, text: string])[] = [
  ["Radium", "Radium was discovered in 1898 by Marie Curie and Pierre Curie in uranium ore. It glows faintly blue."],
  ["Polonium", "Polonium, named after Poland, was found some months before radium in the same pitchblende."],
  [
    "Penicillin",
    "In 1928 a mould killed bacteria on a dish of Alexander Fleming in London. The mould was Penicillium.",
  ],
  [
    "Streptomycin",
    "Streptomycin, the first drug against tuberculosis, was isolated in the laboratory of Selman Waksman.",
  ],
  ["Vaccination", "Edward Jenner inoculated a boy with cowpox in 1796 and found him protected against smallpox."],
  ["Insulin", "Frederick Banting and Charles Best extracted insulin from the pancreas of dogs in Toronto in 1921."],
  ["Telescope", "A patent for a telescope was sought in 1608 by Hans Lippershey, a maker of spectacles in Middelburg."],
  ["Moons of Jupiter", "Galileo Galilei saw four moons of Jupiter in January 1610 and named them after the Medici."],
  ["Neptune", "Neptune was found in 1846 by Johann Galle in Berlin, at the place that Urbain Le Verrier had computed."],
  ["Pluto", "Clyde Tombaugh found Pluto in 1930 by comparing photographs at the Lowell Observatory in Arizona."],
  ["Danube", "The Danube rises in the Black Forest and flows through ten countries into the Black Sea."],
  ["Rhine", "The Rhine rises in the Swiss Alps, passes Basel and Cologne, and ends in the North Sea near Rotterdam."],
  ["Mount Kilimanjaro", "Kilimanjaro in Tanzania, 5,895 metres high, is the highest mountain of Africa."],
  ["Aconcagua", "Aconcagua in Argentina, 6,961 metres high, is the highest mountain outside Asia."],
  ["Canberra", "Canberra was founded in 1913 as capital of Australia, between the rivals Sydney and Melbourne."],
  ["Ottawa", "Queen Victoria chose Ottawa as capital of the Province of Canada in 1857."],
  ["Brasília", "Brasília, planned by Lúcio Costa, took the place of Rio de Janeiro as capital of Brazil in 1960."],
  ["Movable type", "Johannes Gutenberg printed a Bible with movable type in Mainz about 1455."],
  ["World Wide Web", "Tim Berners-Lee proposed the World Wide Web in 1989 at CERN near Geneva."],
  ["Analytical engine", "Ada Lovelace published a program for the analytical engine of Charles Babbage in 1843."],
  ["Chess computer", "Deep Blue, a computer of IBM, won a match against the chess champion Garry Kasparov in 1997."],
  [
    "Photosynthesis",
    "In photosynthesis chlorophyll takes up light, and plants make sugar of water and carbon dioxide.",
  ],
  ["Haemoglobin", "Haemoglobin, an iron protein of red blood cells, carries oxygen from the lungs."],
  ["Mitochondria", "Mitochondria make most of the ATP of a cell; they have a genome of their own."],
  ["Curie temperature", "Above the Curie temperature, described by Pierre Curie, a magnet loses its magnetism."],
  [
    "Lives of discoverers",
    "Discoverers of the nineteenth century who found elements, planets and drugs were honoured by academies.",
  ],
  ["Who found what", "Lists of who found what and when are popular; most leave out who paid for the laboratory."],
  ["Capitals", "A capital is the city where a government sits. Some capitals were planned, some chosen by a queen."],
];

/**
 * Question, answers, a query by someone who knows how words are weighed, and one by someone who knew the answer
 * already.
 */
export const exampleQuestions: readonly (readonly [
  question: string,
  answers: readonly string[],
  expert: string,
  knowing: string,
])[] = [
  [
    "who was it that found the element which glows blue",
    ["Marie Curie", "Pierre Curie"],
    "radium discovered glows blue",
    "Marie Curie",
  ],
  [
    "what was the name of the man with the mould on his dish",
    ["Alexander Fleming", "Fleming"],
    "penicillium mould dish bacteria",
    "Alexander Fleming penicillin",
  ],
  [
    "who protected a boy with cowpox",
    ["Edward Jenner", "Jenner"],
    "cowpox inoculated smallpox boy",
    "Edward Jenner cowpox",
  ],
  [
    "which city was the hormone of the pancreas first extracted in",
    ["Toronto"],
    "insulin pancreas extracted",
    "Toronto",
  ],
  [
    "who wanted a patent for the instrument that makes far things near",
    ["Hans Lippershey", "Lippershey"],
    "telescope patent spectacles",
    "Hans Lippershey",
  ],
  [
    "who saw the companions of the largest planet",
    ["Galileo Galilei", "Galileo"],
    "moons Jupiter saw",
    "Galileo moons Jupiter",
  ],
  [
    "who found the planet at the place that had been computed",
    ["Johann Galle", "Galle"],
    "Neptune found place computed",
    "Johann Galle",
  ],
  ["which sea does the river of ten countries end in", ["Black Sea"], "Danube flows countries sea", "Danube Black Sea"],
  ["where does the river that passes Cologne begin", ["Swiss Alps"], "Rhine rises Cologne", "Swiss Alps"],
  [
    "in which country is the highest mountain outside of Asia",
    ["Argentina"],
    "Aconcagua highest mountain outside Asia",
    "Argentina",
  ],
  ["which capital did a queen choose", ["Ottawa"], "Queen Victoria chose capital Province", "Ottawa Queen Victoria"],
  [
    "which city was the capital of Brazil before",
    ["Rio de Janeiro"],
    "Brasília capital place Brazil planned",
    "Rio de Janeiro",
  ],
  [
    "who printed a holy book with letters that can be moved",
    ["Johannes Gutenberg", "Gutenberg"],
    "Bible printed movable type",
    "Johannes Gutenberg Bible",
  ],
  [
    "who was the first to publish a program for a machine",
    ["Ada Lovelace", "Lovelace"],
    "program analytical engine published",
    "Ada Lovelace",
  ],
  [
    "what did the champion lose his match against",
    ["Deep Blue"],
    "computer chess champion match",
    "Deep Blue Kasparov",
  ],
  [
    "what in blood brings the gas that we breathe from the lungs",
    ["Haemoglobin"],
    "oxygen lungs red blood cells protein",
    "Haemoglobin oxygen",
  ],
];
