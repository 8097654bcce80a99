//! What in a free text could tell who somebody is: marked for the person who decides on printing it.

/// Why a stretch of text is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// An organisation that takes part, or a public one.
    Organisation,
    Mail,
    Phone,
    /// Shaped as a civil registration number.
    Cpr,
    /// Words with capital letters inside a sentence.
    Name,
    /// A count from 1 to the threshold.
    SmallNumber,
}

impl Sign {
    pub fn danish(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Mail => "mailadresse",
            Self::Phone => "telefonnummer",
            Self::Cpr => "ligner et cpr-nummer",
            Self::Name => "muligt navn",
            Self::SmallNumber => "lille tal",
        }
    }
}

/// A stretch of a text: byte positions, and why it is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub start: usize,
    pub end: usize,
    pub sign: Sign,
}

/// The marked stretches in order; none overlap.
pub fn marks(text: &str, organisations: &[String], threshold: u64) -> Vec<Mark> {
    let mut found = organisations_in(text, organisations);
    let words = words(text);
    found.extend(numbers(text, &words, threshold));
    found.extend(
        words
            .iter()
            .filter(|w| is_mail(w.text))
            .map(|w| w.mark(Sign::Mail)),
    );
    found.extend(names(&words));
    found.sort_by_key(|mark| (mark.start, mark.sign));
    let mut end = 0;
    found.retain(|mark| {
        let is_free = mark.start >= end;
        if is_free {
            end = mark.end;
        }
        is_free
    });
    found
}

#[derive(Debug, Clone, Copy)]
struct Word<'t> {
    start: usize,
    text: &'t str,
    begins_sentence: bool,
}

impl Word<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }

    fn mark(&self, sign: Sign) -> Mark {
        Mark {
            start: self.start,
            end: self.end(),
            sign,
        }
    }
}

/// Words without the punctuation around them.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut begins_sentence = true;
    for piece in text.split_whitespace() {
        let offset = piece.as_ptr() as usize - text.as_ptr() as usize;
        let inner = piece.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '+');
        let start = offset + piece.len() - inner.len();
        let inner = inner.trim_end_matches(|c: char| !c.is_alphanumeric());
        if !inner.is_empty() {
            words.push(Word {
                start,
                text: inner,
                begins_sentence,
            });
        }
        begins_sentence = piece.ends_with(['.', '!', '?', ':', '•', '-', '–']);
    }
    words
}

fn organisations_in(text: &str, organisations: &[String]) -> Vec<Mark> {
    let mut found = Vec::new();
    let mut names: Vec<&String> = organisations
        .iter()
        .filter(|n| n.chars().count() > 2)
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    for name in names {
        for (start, _) in text.match_indices(name.as_str()) {
            let before = text.get(..start).and_then(|t| t.chars().next_back());
            if before.is_some_and(char::is_alphanumeric) {
                continue;
            }
            let rest = text.get(start + name.len()..).unwrap_or_default();
            // "Skives" and "Aarhus'" are Skive and Aarhus; "Skiveren" is not.
            let tail: usize = rest
                .chars()
                .take_while(|c| c.is_alphanumeric())
                .map(char::len_utf8)
                .sum();
            if tail == 0 || rest.get(..tail) == Some("s") {
                found.push(Mark {
                    start,
                    end: start + name.len() + tail,
                    sign: Sign::Organisation,
                });
            }
        }
    }
    found
}

fn numbers(text: &str, words: &[Word], threshold: u64) -> Vec<Mark> {
    const NUMBERS: [&str; 12] = [
        "en", "ét", "to", "tre", "fire", "fem", "seks", "syv", "otte", "ni", "ti", "én",
    ];
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let (joined, used) = digits(text, words, at);
        at += used.max(1);
        let end = words.get(at - 1).map_or(word.end(), Word::end);
        let spelled = NUMBERS.iter().position(|n| *n == word.text.to_lowercase());
        let sign = match joined.len() {
            10 if is_cpr(&joined) => Sign::Cpr,
            8 | 10 | 11 | 12 => Sign::Phone,
            0 => match spelled {
                // "en" is an article far more often than a count.
                Some(0) | None => continue,
                Some(11) | Some(1) if threshold >= 1 => Sign::SmallNumber,
                Some(n) if (n as u64) <= threshold => Sign::SmallNumber,
                Some(_) => continue,
            },
            _ => match joined.parse::<u64>() {
                Ok(n) if (1..=threshold).contains(&n) => Sign::SmallNumber,
                _ => continue,
            },
        };
        found.push(Mark {
            start: word.start,
            end,
            sign,
        });
    }
    found
}

/// The digits from a word on, over groups such as "+45 12 34 56 78", and the words they take.
fn digits(text: &str, words: &[Word], at: usize) -> (String, usize) {
    let is_digits = |word: &Word| {
        let mut signs = word.text.chars();
        signs.all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
            && word.text.contains(|c: char| c.is_ascii_digit())
    };
    let mut joined = String::new();
    let mut used = 0;
    for word in words.iter().skip(at).take_while(|word| is_digits(word)) {
        let gap = used > 0
            && text
                .get(words[at + used - 1].end()..word.start)
                .is_some_and(|gap| gap != " ");
        let own: String = word.text.chars().filter(char::is_ascii_digit).collect();
        // Only groups of telephone length belong together.
        if gap || (used > 0 && !(2..=4).contains(&own.len())) || joined.len() == 1 {
            break;
        }
        joined.push_str(&own);
        used += 1;
    }
    match joined.len() {
        8 | 10 | 11 | 12 => (joined, used),
        _ if used > 1 => {
            let own = words[at]
                .text
                .chars()
                .filter(char::is_ascii_digit)
                .collect();
            (own, 1)
        }
        _ => (joined, used),
    }
}

fn is_cpr(digits: &str) -> bool {
    let part = |range| digits.get(range).and_then(|d: &str| d.parse::<u32>().ok());
    let day = part(0..2).is_some_and(|day| (1..=31).contains(&day));
    let month = part(2..4).is_some_and(|month| (1..=12).contains(&month));
    day && month
}

fn is_mail(word: &str) -> bool {
    word.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

/// Capitalised words inside a sentence, and two or more in a row anywhere.
fn names(words: &[Word]) -> Vec<Mark> {
    let is_capital = |word: &Word| {
        let mut letters = word.text.chars();
        letters.next().is_some_and(char::is_uppercase)
            && letters.next().is_some_and(char::is_lowercase)
    };
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let run = words[at..]
            .iter()
            .enumerate()
            .take_while(|(n, word)| is_capital(word) && (*n == 0 || !word.begins_sentence))
            .count();
        if let (Some(first), Some(last)) = (words.get(at), words.get(at + run.saturating_sub(1)))
            && run > 0
            && (run > 1 || !first.begins_sentence)
            && !is_polite(first.text)
        {
            found.push(Mark {
                start: first.start,
                end: last.end(),
                sign: Sign::Name,
            });
        }
        at += run.max(1);
    }
    found
}

/// Pronouns that are written with a capital letter.
fn is_polite(word: &str) -> bool {
    matches!(word, "De" | "Dem" | "Deres" | "Jer" | "Jeres")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, Sign)> {
        let organisations = [
            "Skive Kommune".to_owned(),
            "Skive".into(),
            "Sønderparken".into(),
        ];
        let marks = marks(text, &organisations, 3);
        marks
            .iter()
            .map(|m| (&text[m.start..m.end], m.sign))
            .collect()
    }

    #[test]
    fn organisations_are_found_in_the_genitive_and_not_inside_words() {
        assert_eq!(
            found("Vi bruger Sønderparken, og Skives egne tilbud. Skiveren er noget andet."),
            [
                ("Sønderparken", Sign::Organisation),
                ("Skives", Sign::Organisation)
            ]
        );
    }

    #[test]
    fn details_of_persons_are_found() {
        assert_eq!(
            found("Ring til Anne Larsen på +45 12 34 56 78 eller anne@skole.example.dk."),
            [
                ("Anne Larsen", Sign::Name),
                ("+45 12 34 56 78", Sign::Phone),
                ("anne@skole.example.dk", Sign::Mail),
            ]
        );
        assert_eq!(found("cpr 010203-1234"), [("010203-1234", Sign::Cpr)]);
        assert_eq!(found("cpr 0102031234."), [("0102031234", Sign::Cpr)]);
    }

    #[test]
    fn small_numbers_are_found_in_digits_and_words() {
        assert_eq!(
            found("Vi har haft 2 unge, heraf én i 2019 og tre før; i alt 14 forløb."),
            [
                ("2", Sign::SmallNumber),
                ("én", Sign::SmallNumber),
                ("tre", Sign::SmallNumber),
            ]
        );
    }

    #[test]
    fn plain_prose_is_left_alone() {
        assert_eq!(
            found(
                "Der er brug for en fælles indgang. Samarbejdet med psykiatrien kan blive bedre."
            ),
            []
        );
    }
}
