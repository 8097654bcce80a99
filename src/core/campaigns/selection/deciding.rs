//! Decisions about places, judged all at once: either everything that was wished holds, or every fault is told.
use super::{Notice, Place};
use crate::forms::Said;
use crate::hands::Remark;

/// Somebody who was asked, as the selection sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub id: String,
    /// `None` while there is no answer.
    pub said: Option<Said>,
    pub place: Option<Place>,
    pub order: usize,
    pub told: Option<Notice>,
}

/// What somebody at the page wishes for one candidate.
#[derive(Clone, PartialEq, Eq)]
pub struct Wish {
    pub id: String,
    pub place: Option<Place>,
    /// A number on the waiting list; `None` for the end.
    pub order: Option<usize>,
    pub reason: Remark,
}

/// A decision that holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Decided {
    pub id: String,
    pub place: Option<Place>,
    pub order: usize,
    /// Empty where only the order on the waiting list moved.
    pub reason: Remark,
}

/// Why a selection can't be as it was wished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectionFault {
    /// Only a yes can be given this place.
    SaidNoYes {
        id: String,
        place: Place,
    },
    /// Only a place that somebody has can be given up.
    NothingToWithdraw {
        id: String,
    },
    NoReason {
        id: String,
    },
    /// Two wait under the same number.
    SameOrder {
        id: String,
        order: usize,
    },
    /// More than wanted, and no reason why.
    TooMany {
        selected: usize,
        most: usize,
    },
    /// Fewer than wanted are to be written that they are selected, and no reason why.
    TooFew {
        selected: usize,
        least: usize,
    },
}

/// How a number of selected stands to what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    TooFew,
    Fits,
    TooMany,
}

impl Fit {
    pub fn of(selected: usize, (least, most): (usize, usize)) -> Self {
        if selected < least {
            Self::TooFew
        } else if selected > most {
            Self::TooMany
        } else {
            Self::Fits
        }
    }
}

impl Candidate {
    /// A municipality that was given a place and has since answered no.
    pub fn contradicts_itself(&self) -> bool {
        let holds = matches!(self.place, Some(Place::Selected | Place::Waiting));
        holds && self.said != Some(Said::Yes)
    }

    /// The letter that it should have, whether or not it has it.
    pub fn notice(&self) -> Option<Notice> {
        match (self.place, self.said) {
            _ if self.contradicts_itself() => None,
            (Some(place), _) => place.notice(),
            (None, Some(Said::Later)) => Some(Notice::Later),
            (None, Some(Said::No)) => Some(Notice::Thanks),
            (None, Some(Said::Yes) | None) => None,
        }
    }

    /// The letter that it should have and was not sent.
    pub fn due(&self) -> Option<Notice> {
        self.notice().filter(|notice| self.told != Some(*notice))
    }
}

/// How many are selected.
pub fn selected(candidates: &[Candidate]) -> usize {
    let is_selected = |c: &&Candidate| c.place == Some(Place::Selected);
    candidates.iter().filter(is_selected).count()
}

/// Whoever waits with the lowest number, while fewer are selected than can be.
pub fn next_in_line(candidates: &[Candidate], wanted: (usize, usize)) -> Option<&Candidate> {
    if selected(candidates) >= wanted.1 {
        return None;
    }
    let waits = |c: &&Candidate| c.place == Some(Place::Waiting) && !c.contradicts_itself();
    candidates.iter().filter(waits).min_by_key(|c| c.order)
}

/// Judges wishes against how everybody stands now; those not wished for stay as they are.
///
/// `common` is the reason of whoever has none of their own, and `outside` why more are selected than wanted.
/// What is returned holds all changes, also the waiting list's new numbers.
pub fn decide(
    candidates: &[Candidate],
    wishes: &[Wish],
    common: &Remark,
    wanted: (usize, usize),
    outside: &Remark,
) -> Result<Vec<Decided>, Vec<SelectionFault>> {
    let mut faults = Vec::new();
    let mut after: Vec<Decided> = Vec::new();
    let mut numbers: Vec<Option<usize>> = Vec::new();
    for candidate in candidates {
        let wish = wishes.iter().find(|wish| wish.id == candidate.id);
        let place = wish.map_or(candidate.place, |wish| wish.place);
        let mut reason = Remark::default();
        if let Some(wish) = wish.filter(|_| place != candidate.place) {
            reason = if wish.reason.is_empty() {
                common.clone()
            } else {
                wish.reason.clone()
            };
            faults.extend(fault(candidate, place, &reason));
        }
        let kept = (candidate.order > 0).then_some(candidate.order);
        numbers.push(match wish {
            Some(wish) => wish.order,
            None => kept,
        });
        after.push(Decided {
            id: candidate.id.clone(),
            place,
            order: 0,
            reason,
        });
    }
    faults.extend(in_line(candidates, &mut after, &numbers));
    let chosen = after
        .iter()
        .filter(|d| d.place == Some(Place::Selected))
        .count();
    let grows = chosen > selected(candidates);
    if grows && Fit::of(chosen, wanted) == Fit::TooMany && outside.is_empty() {
        faults.push(SelectionFault::TooMany {
            selected: chosen,
            most: wanted.1,
        });
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let changed =
        |(now, then): &(&Candidate, Decided)| now.place != then.place || now.order != then.order;
    Ok(candidates
        .iter()
        .zip(after)
        .filter(changed)
        .map(|(_, then)| then)
        .collect())
}

fn fault(candidate: &Candidate, place: Option<Place>, reason: &Remark) -> Option<SelectionFault> {
    let id = candidate.id.clone();
    let had = matches!(candidate.place, Some(Place::Selected | Place::Waiting));
    match place {
        Some(Place::Withdrawn) if !had => Some(SelectionFault::NothingToWithdraw { id }),
        Some(place @ (Place::Selected | Place::Waiting | Place::Later))
            if candidate.said != Some(Said::Yes) =>
        {
            Some(SelectionFault::SaidNoYes { id, place })
        }
        Some(Place::NotNow) if candidate.said.is_none() => Some(SelectionFault::SaidNoYes {
            id,
            place: Place::NotNow,
        }),
        _ if reason.is_empty() => Some(SelectionFault::NoReason { id }),
        _ => None,
    }
}

/// Numbers the waiting list from 1: those with a number first, in its order, then those without.
///
/// Whoever was given a number goes before the one that has it already, and behind it on the way down.
fn in_line(
    candidates: &[Candidate],
    after: &mut [Decided],
    numbers: &[Option<usize>],
) -> Vec<SelectionFault> {
    let mut waiting: Vec<(usize, Way, usize)> = Vec::new();
    for (at, (decided, (candidate, number))) in
        after.iter().zip(candidates.iter().zip(numbers)).enumerate()
    {
        if decided.place == Some(Place::Waiting) {
            let way = match (*number, candidate.order) {
                (Some(number), order) if number == order => Way::Stays,
                (Some(number), order) if order > 0 && number > order => Way::Down,
                _ => Way::Up,
            };
            waiting.push((number.unwrap_or(usize::MAX), way, at));
        }
    }
    waiting.sort_unstable();
    let mut faults = Vec::new();
    let moved: Vec<_> = waiting
        .iter()
        .filter(|(_, way, _)| *way != Way::Stays)
        .collect();
    for (at, (order, _, place)) in moved.iter().enumerate() {
        let twin = moved.iter().take(at).any(|(other, ..)| other == order);
        if let (true, Some(decided)) = (twin && *order != usize::MAX, after.get(*place)) {
            let id = decided.id.clone();
            faults.push(SelectionFault::SameOrder { id, order: *order });
        }
    }
    for (order, (.., at)) in (1..).zip(waiting) {
        if let Some(decided) = after.get_mut(at) {
            decided.order = order;
        }
    }
    faults
}

/// How somebody moves on the waiting list; those who move to the same number stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Up,
    Stays,
    Down,
}

/// Judges the sending of letters to `ids`: whom each goes to, or why they can't go.
///
/// Those without a letter due are passed over, so a second press sends nothing.
pub fn to_tell(
    candidates: &[Candidate],
    ids: &[&str],
    wanted: (usize, usize),
    outside: &Remark,
) -> Result<Vec<(String, Notice)>, SelectionFault> {
    let chosen = candidates.iter().filter(|c| ids.contains(&c.id.as_str()));
    let due: Vec<(String, Notice)> = chosen
        .filter_map(|c| Some((c.id.clone(), c.due()?)))
        .collect();
    let announces = due.iter().any(|(_, notice)| *notice == Notice::Selected);
    let selected = selected(candidates);
    if announces && outside.is_empty() && Fit::of(selected, wanted) == Fit::TooFew {
        return Err(SelectionFault::TooFew {
            selected,
            least: wanted.0,
        });
    }
    Ok(due)
}

impl SelectionFault {
    pub fn danish(&self) -> String {
        match self {
            Self::SaidNoYes { place, .. } => format!(
                "Kun den, der har svaret ja, kan få pladsen »{}«.",
                place.danish()
            ),
            Self::NothingToWithdraw { .. } => {
                "Kun den, der er valgt eller på ventelisten, kan trække sig.".into()
            }
            Self::NoReason { .. } => "Skriv grunden her eller i »Fælles grund«.".into(),
            Self::SameOrder { order, .. } => {
                format!("To kan ikke begge være nummer {order} på ventelisten.")
            }
            Self::TooMany { selected, most } => format!(
                "Der bliver {selected} valgte, og der søges højst {most}. Vælg færre, eller skriv, hvorfor der skal være flere."
            ),
            Self::TooFew { selected, least } => format!(
                "Der er {selected} valgte, og der søges mindst {least}. Vælg flere, eller skriv, hvorfor brevene skal sendes alligevel."
            ),
        }
    }

    /// Whom it is about; `None` for the selection as a whole.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::SaidNoYes { id, .. }
            | Self::NothingToWithdraw { id }
            | Self::NoReason { id }
            | Self::SameOrder { id, .. } => Some(id),
            Self::TooMany { .. } | Self::TooFew { .. } => None,
        }
    }
}

impl std::fmt::Debug for Decided {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Decided({} {:?} {})", self.id, self.place, self.order)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::super::Seat;
    use super::*;

    const WANTED: (usize, usize) = (2, 3);

    fn somebody(id: &str, said: Option<Said>, place: Option<Place>, order: usize) -> Candidate {
        Candidate {
            id: id.into(),
            said,
            place,
            order,
            told: None,
        }
    }

    fn yes(id: &str) -> Candidate {
        somebody(id, Some(Said::Yes), None, 0)
    }

    fn with(id: &str, place: Place, order: usize) -> Candidate {
        somebody(id, Some(Said::Yes), Some(place), order)
    }

    fn wish(id: &str, place: Place, order: Option<usize>, reason: &str) -> Wish {
        Wish {
            id: id.into(),
            place: Some(place),
            order,
            reason: Remark::of(reason),
        }
    }

    fn decided(
        candidates: &[Candidate],
        wishes: &[Wish],
    ) -> Result<Vec<Decided>, Vec<SelectionFault>> {
        decide(
            candidates,
            wishes,
            &Remark::default(),
            WANTED,
            &Remark::default(),
        )
    }

    fn shown(decided: &[Decided]) -> Vec<String> {
        decided.iter().map(|d| format!("{d:?}")).collect()
    }

    #[test]
    fn each_decision_needs_a_reason_of_its_own_or_the_common_one() {
        let there = [yes("a"), yes("b")];
        let wishes = [
            wish("a", Place::Selected, None, "Flest ideer"),
            wish("b", Place::NotNow, None, " "),
        ];
        let fault = SelectionFault::NoReason { id: "b".into() };
        assert_eq!(decided(&there, &wishes).unwrap_err(), [fault]);
        let common = Remark::of("FU den 5. maj");
        let taken = decide(&there, &wishes, &common, WANTED, &Remark::default()).unwrap();
        let reasons: Vec<&str> = taken.iter().map(|d| d.reason.text()).collect();
        assert_eq!(reasons, ["Flest ideer", "FU den 5. maj"]);
    }

    #[test]
    fn only_a_yes_is_selected_and_only_a_place_is_given_up() {
        let there = [
            somebody("nej", Some(Said::No), None, 0),
            somebody("tavs", None, None, 0),
            yes("ja"),
        ];
        let wishes = [
            wish("nej", Place::Selected, None, "x"),
            wish("tavs", Place::Waiting, None, "x"),
            wish("ja", Place::Withdrawn, None, "x"),
        ];
        let faults = decided(&there, &wishes).unwrap_err();
        assert_eq!(
            faults,
            [
                SelectionFault::SaidNoYes {
                    id: "nej".into(),
                    place: Place::Selected
                },
                SelectionFault::SaidNoYes {
                    id: "tavs".into(),
                    place: Place::Waiting
                },
                SelectionFault::NothingToWithdraw { id: "ja".into() },
            ]
        );
    }

    #[test]
    fn more_than_wanted_needs_a_reason_and_fewer_can_be_on_the_way() {
        let there = [yes("a"), yes("b"), yes("c"), yes("d")];
        let all = ["a", "b", "c", "d"].map(|id| wish(id, Place::Selected, None, "x"));
        let fault = SelectionFault::TooMany {
            selected: 4,
            most: 3,
        };
        assert_eq!(decided(&there, &all).unwrap_err(), [fault]);
        let why = Remark::of("FU ønsker alle fire");
        let taken = decide(&there, &all, &Remark::default(), WANTED, &why).unwrap();
        assert_eq!(taken.len(), 4);
        assert_eq!(decided(&there, &all[..1]).unwrap().len(), 1);
    }

    #[test]
    fn who_are_too_many_already_can_be_reduced_without_a_reason_for_the_number() {
        let there = ["a", "b", "c", "d", "e"].map(|id| with(id, Place::Selected, 0));
        let taken = decided(&there, &[wish("a", Place::Withdrawn, None, "Ringede")]).unwrap();
        assert_eq!(shown(&taken), ["Decided(a Some(Withdrawn) 0)"]);
    }

    #[test]
    fn the_waiting_list_is_numbered_without_gaps_and_new_ones_go_to_its_end() {
        let there = [
            with("a", Place::Waiting, 1),
            with("b", Place::Waiting, 2),
            yes("c"),
            with("d", Place::Waiting, 3),
        ];
        let taken = decided(
            &there,
            &[
                wish("a", Place::Selected, None, "x"),
                wish("c", Place::Waiting, None, "x"),
            ],
        )
        .unwrap();
        assert_eq!(
            shown(&taken),
            [
                "Decided(a Some(Selected) 0)",
                "Decided(b Some(Waiting) 1)",
                "Decided(c Some(Waiting) 3)",
                "Decided(d Some(Waiting) 2)",
            ]
        );
        let swapped = [
            wish("a", Place::Waiting, Some(2), ""),
            wish("b", Place::Waiting, Some(1), ""),
        ];
        let taken = decided(&there, &swapped).unwrap();
        assert_eq!(
            shown(&taken),
            ["Decided(a Some(Waiting) 2)", "Decided(b Some(Waiting) 1)"]
        );
    }

    #[test]
    fn whoever_is_given_a_number_goes_before_the_one_that_has_it() {
        let there = [
            with("a", Place::Waiting, 1),
            with("b", Place::Waiting, 2),
            yes("c"),
        ];
        let taken = decided(&there, &[wish("c", Place::Waiting, Some(1), "x")]).unwrap();
        assert_eq!(
            shown(&taken),
            [
                "Decided(a Some(Waiting) 2)",
                "Decided(b Some(Waiting) 3)",
                "Decided(c Some(Waiting) 1)",
            ]
        );
        let down = decided(&there, &[wish("a", Place::Waiting, Some(2), "")]).unwrap();
        assert_eq!(
            shown(&down),
            ["Decided(a Some(Waiting) 2)", "Decided(b Some(Waiting) 1)"]
        );
    }

    #[test]
    fn two_can_not_be_given_the_same_number() {
        let there = [yes("a"), yes("b")];
        let wishes = [
            wish("a", Place::Waiting, Some(1), "x"),
            wish("b", Place::Waiting, Some(1), "x"),
        ];
        let fault = SelectionFault::SameOrder {
            id: "b".into(),
            order: 1,
        };
        assert_eq!(decided(&there, &wishes).unwrap_err(), [fault]);
    }

    #[test]
    fn the_same_wishes_once_more_change_nothing() {
        let there = [with("a", Place::Selected, 0), with("b", Place::Waiting, 1)];
        let wishes = [
            wish("a", Place::Selected, None, ""),
            wish("b", Place::Waiting, Some(1), ""),
        ];
        assert_eq!(decided(&there, &wishes).unwrap(), []);
    }

    #[test]
    fn the_first_in_line_moves_up_when_a_place_is_free() {
        let mut there = vec![
            with("a", Place::Selected, 0),
            with("b", Place::Selected, 0),
            with("c", Place::Selected, 0),
            with("d", Place::Waiting, 2),
            with("e", Place::Waiting, 1),
        ];
        assert_eq!(next_in_line(&there, WANTED), None);
        there[0].place = Some(Place::Withdrawn);
        assert_eq!(
            next_in_line(&there, WANTED).map(|c| c.id.as_str()),
            Some("e")
        );
        // Whoever has answered no meanwhile is passed over.
        there[4].said = Some(Said::No);
        assert_eq!(
            next_in_line(&there, WANTED).map(|c| c.id.as_str()),
            Some("d")
        );
    }

    #[test]
    fn each_gets_the_letter_that_fits_and_never_the_same_twice() {
        let mut there = vec![
            with("valgt", Place::Selected, 0),
            with("også", Place::Selected, 0),
            with("venter", Place::Waiting, 1),
            with("ikke", Place::NotNow, 0),
            with("udskudt", Place::Later, 0),
            with("trukket", Place::Withdrawn, 0),
            somebody("nej", Some(Said::No), None, 0),
            somebody("senere", Some(Said::Later), None, 0),
            yes("uafgjort"),
            somebody("tavs", None, None, 0),
        ];
        let ids: Vec<String> = there.iter().map(|c| c.id.clone()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let told = to_tell(&there, &ids, WANTED, &Remark::default()).unwrap();
        let told: Vec<(&str, Notice)> = told.iter().map(|(id, n)| (id.as_str(), *n)).collect();
        assert_eq!(
            told,
            [
                ("valgt", Notice::Selected),
                ("også", Notice::Selected),
                ("venter", Notice::Waiting),
                ("ikke", Notice::NotNow),
                ("udskudt", Notice::Later),
                ("nej", Notice::Thanks),
                ("senere", Notice::Later),
            ]
        );
        for candidate in &mut there {
            candidate.told = candidate.notice();
        }
        assert_eq!(
            to_tell(&there, &ids, WANTED, &Remark::default()),
            Ok(Vec::new())
        );
        there[2].place = Some(Place::Selected);
        let told = to_tell(&there, &ids, WANTED, &Remark::default()).unwrap();
        assert_eq!(told, [("venter".to_owned(), Notice::Selected)]);
    }

    #[test]
    fn too_few_are_not_written_that_they_are_selected_without_a_reason() {
        let there = [
            with("a", Place::Selected, 0),
            somebody("nej", Some(Said::No), None, 0),
        ];
        let fault = SelectionFault::TooFew {
            selected: 1,
            least: 2,
        };
        let none = Remark::default();
        assert_eq!(to_tell(&there, &["a"], WANTED, &none), Err(fault));
        assert!(to_tell(&there, &["nej"], WANTED, &none).is_ok());
        assert!(to_tell(&there, &["a"], WANTED, &Remark::of("Kun én meldte sig")).is_ok());
    }

    #[test]
    fn whoever_was_selected_and_then_answers_no_gets_no_letter_of_a_place() {
        let there = [somebody("a", Some(Said::No), Some(Place::Selected), 0)];
        assert!(there[0].contradicts_itself());
        assert_eq!(there[0].due(), None);
    }

    #[test]
    fn a_seat_shows_no_reason_in_a_log() {
        let mut seat = Seat::open("c", "a");
        let decided = Decided {
            id: "a".into(),
            place: Some(Place::NotNow),
            order: 0,
            reason: Remark::of("hemmeligt"),
        };
        seat.take(&decided, DateTime::UNIX_EPOCH, "Karen");
        assert_eq!(seat.steps.len(), 1);
        assert!(!format!("{seat:?} {decided:?}").contains("hemmeligt"));
    }
}
