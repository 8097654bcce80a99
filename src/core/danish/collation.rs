//! Danish alphabetical order: æ, ø, å last, and `aa` at the start of a name counts as å.
use std::cmp::Ordering;

/// Compares two names as a Danish list would order them; equal only for equal texts.
pub fn collate(a: &str, b: &str) -> Ordering {
    key(a).cmp(&key(b)).then_with(|| a.cmp(b))
}

fn key(text: &str) -> Vec<u32> {
    let lower = text.to_lowercase();
    let mut letters = lower.chars().peekable();
    let mut out = Vec::with_capacity(text.len());
    while let Some(c) = letters.next() {
        if c == 'a' && letters.peek() == Some(&'a') {
            letters.next();
            out.push(weight('å'));
        } else {
            out.push(weight(c));
        }
    }
    out
}

/// Letters after z for æ (and ä), ø (and ö), å; others by their code point.
fn weight(c: char) -> u32 {
    let z = u32::from('z');
    match c {
        'æ' | 'ä' => z + 1,
        'ø' | 'ö' => z + 2,
        'å' => z + 3,
        'é' | 'è' => u32::from('e'),
        'ü' => u32::from('y'),
        other if u32::from(other) > z => u32::from(other) + 3,
        other => u32::from(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aarhus_comes_after_oerum() {
        let mut names = [
            "Aarhus", "Ørum", "Viborg", "Ærø", "Favrskov", "Århus", "Struer",
        ];
        names.sort_by(|a, b| collate(a, b));
        assert_eq!(
            names,
            [
                "Favrskov", "Struer", "Viborg", "Ærø", "Ørum", "Aarhus", "Århus"
            ]
        );
    }
}
