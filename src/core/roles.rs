//! What a member of staff may do: a role, and one question to it.
use serde::{Deserialize, Serialize};

/// Why somebody is listed. People listed before there were roles are [`Role::Secretariat`]: they keep
/// all they could do, and naming an administrator stays with whoever runs the program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// As the secretariat, and lists who else may come in.
    Administrator,
    #[default]
    Secretariat,
    /// Reports in which small counts are hidden, of all collections; no names, no answers.
    Reader,
    /// How far one collection has come, and its report; no contacts, no answers.
    Observer { campaign: String },
}

/// What a page asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right<'a> {
    /// List, change and remove members of staff.
    ManageStaff,
    /// Make collections, write letters, read answers, take raw data.
    RunCollections,
    /// Who has answered in a collection.
    FollowCollection(&'a str),
    /// A collection's report, small counts hidden.
    ReadResults(&'a str),
}

impl Role {
    pub fn may(&self, right: Right<'_>) -> bool {
        match (self, right) {
            (Self::Administrator, _) => true,
            (Self::Secretariat, right) => right != Right::ManageStaff,
            (Self::Reader, right) => matches!(right, Right::ReadResults(_)),
            (
                Self::Observer { campaign },
                Right::FollowCollection(asked) | Right::ReadResults(asked),
            ) => campaign == asked,
            (Self::Observer { .. }, _) => false,
        }
    }

    /// The word on the page.
    pub fn danish(&self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::Secretariat => "Sekretariat",
            Self::Reader => "Læser",
            Self::Observer { .. } => "Observatør",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_it_is_for_and_nothing_else() {
        let observer = Role::Observer {
            campaign: "a".into(),
        };
        let rights = [
            Right::ManageStaff,
            Right::RunCollections,
            Right::FollowCollection("a"),
            Right::ReadResults("a"),
            Right::FollowCollection("b"),
            Right::ReadResults("b"),
        ];
        let row = |role: &Role| rights.map(|right| role.may(right));
        assert_eq!(row(&Role::Administrator), [true; 6]);
        assert_eq!(
            row(&Role::Secretariat),
            [false, true, true, true, true, true]
        );
        assert_eq!(row(&Role::Reader), [false, false, false, true, false, true]);
        assert_eq!(row(&observer), [false, false, true, true, false, false]);
    }
}
