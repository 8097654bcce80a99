//! A collection: its schedule, respondents, invitations and letters.
