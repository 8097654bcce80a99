//! What happened: who did or saw what, and when. Names no address, token or answer.
use crate::danish;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::campaigns::selection::{Notice, Place};
use crate::hands::{Channel, Remark};

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Orders events of one campaign; unique.
    pub id: String,
    pub at: DateTime<Utc>,
    pub campaign: String,
    pub respondent: Option<String>,
    pub actor: Actor,
    pub deed: Deed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    System,
    /// The place of the contact among the respondent's contacts.
    Contact(usize),
    /// The id of the hand-over to a colleague.
    Colleague(String),
    /// The id of the request that the manager answers.
    Manager(String),
    /// A member of the secretariat, by name.
    Staff(String),
    /// Whoever runs the program on its machine.
    Operator,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    CampaignCreated,
    /// Settings of a running campaign, by the page that they stand on.
    CampaignChanged {
        what: String,
    },
    FormUploaded {
        form: String,
    },
    RecipientsChanged {
        added: usize,
        changed: usize,
    },
    ContactsChanged,
    RecipientRemoved,
    InvitationQueued,
    ReminderQueued,
    DeadlineExtended {
        to: DateTime<Utc>,
    },
    Exempted,
    Declined,
    /// Exemption or refusal taken back.
    Expected,
    Approved {
        number: u32,
    },
    MessageSent,
    NoteChanged,
    LetterSent,
    LetterFailed,
    /// Nobody knows whether the mail server has it.
    LetterInDoubt,
    /// A letter goes again, to another address.
    AddressCorrected,
    LetterSentAgain,
    /// A letter in doubt is known to have arrived.
    LetterSettled,
    /// A bounce, an automatic reply or somebody's mail came back.
    MailReceived,
    /// A member of the secretariat opened such a mail.
    MailRead,
    /// A recipient named the right person.
    ContactNamed,
    /// Whoever a recipient named gets the letters from now on.
    NamedContactTaken,
    NamedContactRefused,
    LinkOpened,
    DraftSaved,
    Submitted {
        number: u32,
        sha256: String,
    },
    Reopened {
        reason: Remark,
    },
    HandedOver {
        handover: String,
    },
    HandoverWithdrawn {
        handover: String,
    },
    HandoverDone,
    ApprovalAsked {
        request: String,
    },
    ApprovalWithdrawn,
    SignedOff {
        number: u32,
    },
    Returned {
        comment: Remark,
    },
    BegunOnBehalf {
        how: Channel,
    },
    AnswerRead {
        number: u32,
    },
    AttachmentRead,
    /// One question across all answers, by its title.
    QuestionRead {
        question: String,
    },
    Tagged,
    /// Somebody whom answers named will not be asked.
    ProposalLeftOut,
    Corrected {
        number: u32,
    },
    CorrectionConfirmed {
        number: u32,
    },
    ReportMade {
        format: String,
    },
    ReportRefused,
    EditionReleased {
        number: u32,
        sha256: String,
    },
    EditionFileTaken {
        number: u32,
        file: String,
    },
    /// A table that was published elsewhere takes part in the audits from now on.
    EditionTypedIn {
        number: u32,
    },
    EditionWithdrawn {
        number: u32,
    },
    /// One line for each choice that now holds; none is the definition as it stands.
    ReportChosen {
        choices: Vec<String>,
    },
    TextReleased {
        question: String,
        edited: bool,
    },
    TextHeldBack {
        question: String,
    },
    /// Register figures or last round's answers were laid beside the questions.
    KnownAnswersTaken {
        answers: usize,
    },
    RawDataExported {
        format: String,
    },
    /// Of no campaign: all that is stored left the house.
    EverythingExported,
    /// Of no campaign: all that is stored was copied to a backup.
    BackupMade,
    /// Of no campaign: a backup was restored to the side and held what it says.
    BackupProven,
    /// Of no campaign: somebody was listed, or their role changed.
    StaffListed {
        name: String,
        role: String,
    },
    StaffRemoved {
        name: String,
    },
    /// Of no campaign: a code from an app is asked for at sign-in from now on.
    SecondFactorOn {
        name: String,
    },
    SecondFactorOff {
        name: String,
    },
    /// By somebody else, for app and codes were lost.
    SecondFactorReset {
        name: String,
    },
    RecoveryCodesMade {
        name: String,
    },
    RecoveryCodeUsed {
        name: String,
    },
    /// The day on which answers and persons go.
    RetentionSet {
        on: NaiveDate,
    },
    AnswersErased,
    RespondentErased,
    ContactErased,
    /// All that is held about a contact was written out.
    ContactExported,
    EventsExported,
    /// All free texts of a collection, for the decision whether they may be printed.
    TextsRead,
    /// A place among those who signed up; without one, a decision was taken back.
    Placed {
        place: Option<Place>,
        /// On the waiting list; 0 elsewhere.
        order: usize,
    },
    /// More or fewer were selected than wanted, for a reason.
    SelectedOutside {
        selected: usize,
        reason: Remark,
    },
    NoticeQueued {
        notice: Notice,
    },
    /// By telephone or otherwise, to somebody whom no letter reaches.
    NoticeGiven {
        notice: Notice,
    },
    NoticesChanged,
    /// A collection was prepared for those selected.
    FollowUpPrepared {
        campaign: String,
    },
}

impl Deed {
    /// The sentence that the secretariat's history shows.
    pub fn danish(&self) -> String {
        match self {
            Self::CampaignCreated => "Indsamlingen er oprettet".into(),
            Self::CampaignChanged { what } => format!("Indsamlingen er ændret ({what})"),
            Self::FormUploaded { form } => format!("Spørgeskemaet »{form}« er lagt op"),
            Self::RecipientsChanged { added, changed } => {
                format!("Modtagerlisten er ændret ({added} nye, {changed} rettet)")
            }
            Self::ContactsChanged => "Kontaktpersoner rettet".into(),
            Self::RecipientRemoved => "Modtager fjernet".into(),
            Self::InvitationQueued => "Invitation lagt i udbakken".into(),
            Self::LetterSent => "Brev sendt".into(),
            Self::LetterInDoubt => "Uvist, om et brev blev afleveret".into(),
            Self::LetterFailed => "Brev kunne ikke sendes".into(),
            Self::AddressCorrected => "Adressen rettet, og brevet sendt igen".into(),
            Self::LetterSentAgain => "Brev sendt igen".into(),
            Self::LetterSettled => "Brev i uvished regnet for sendt".into(),
            Self::MailReceived => "Mail kom tilbage på et brev".into(),
            Self::MailRead => "Mail, der kom tilbage, læst af sekretariatet".into(),
            Self::ContactNamed => "Har peget på en anden som den rette".into(),
            Self::NamedContactTaken => "Den udpegede er nu kontaktperson".into(),
            Self::NamedContactRefused => "Den udpegede er afvist som kontaktperson".into(),
            Self::ReminderQueued => "Påmindelse lagt i udbakken".into(),
            Self::DeadlineExtended { to } => {
                format!("Fristen er udsat til {}", danish::date_time(*to))
            }
            Self::Exempted => "Fritaget for at svare".into(),
            Self::Declined => "Har sagt nej til at svare".into(),
            Self::Expected => "Forventes igen at svare".into(),
            Self::Approved { number } => format!("Svar nr. {number} godkendt"),
            Self::MessageSent => "Besked skrevet".into(),
            Self::NoteChanged => "Note rettet".into(),
            Self::LinkOpened => "Linket er åbnet".into(),
            Self::DraftSaved => "Kladde gemt".into(),
            Self::Submitted { number, .. } => format!("Svar nr. {number} indsendt"),
            Self::Reopened { reason } => format!("Svaret er åbnet igen. Grund: {}", reason.text()),
            Self::HandedOver { .. } => "En kollega er bedt om hjælp".into(),
            Self::HandoverWithdrawn { .. } => "En kollegas adgang er trukket tilbage".into(),
            Self::HandoverDone => "Har meldt sin del færdig".into(),
            Self::ApprovalAsked { .. } => "Sendt til godkendelse".into(),
            Self::ApprovalWithdrawn => "Anmodningen om godkendelse er trukket tilbage".into(),
            Self::SignedOff { number } => format!("Svar nr. {number} godkendt"),
            Self::Returned { comment } => {
                format!("Sendt tilbage uden godkendelse: {}", comment.text())
            }
            Self::BegunOnBehalf { how } => {
                format!("Sekretariatet indtaster svar modtaget {}", how.danish())
            }
            Self::AnswerRead { number } => format!("Svar nr. {number} læst af sekretariatet"),
            Self::AttachmentRead => "Bilag hentet af sekretariatet".into(),
            Self::QuestionRead { question } => {
                format!("Alles svar på »{question}« læst af sekretariatet")
            }
            Self::Tagged => "Stikord rettet".into(),
            Self::ProposalLeftOut => "En, som svarene nævner, er udeladt".into(),
            Self::Corrected { number } => format!("Svar nr. {number} er sekretariatets rettelse"),
            Self::CorrectionConfirmed { number } => {
                format!("Rettelsen i svar nr. {number} er bekræftet af den svarende")
            }
            Self::ReportMade { format } => format!("Rapport hentet ({format})"),
            Self::ReportRefused => "Rapport afvist: en skjult celle kunne beregnes".into(),
            Self::EditionReleased { number, .. } => format!("Udgave {number} af rapporten udgivet"),
            Self::EditionFileTaken { number, file } => format!("Udgave {number} hentet ({file})"),
            Self::EditionTypedIn { number } => {
                format!("Udgave {number} indtastet: en tabel, der er offentliggjort et andet sted")
            }
            Self::EditionWithdrawn { number } => format!("Udgave {number} trukket tilbage"),
            Self::ReportChosen { choices } if choices.is_empty() => {
                "Valg for rapporten nulstillet".into()
            }
            Self::ReportChosen { choices } => {
                format!("Valg for rapporten: {}", choices.join(" "))
            }
            Self::TextReleased { question, edited } => {
                let how = if *edited {
                    "udgivet med rettelser"
                } else {
                    "udgivet"
                };
                format!("Fri tekst {how}: {question}")
            }
            Self::TextHeldBack { question } => format!("Fri tekst holdt tilbage: {question}"),
            Self::KnownAnswersTaken { answers } => {
                format!("{answers} kendte svar lagt ved spørgsmålene")
            }
            Self::RawDataExported { format } => format!("Rådata hentet ({format})"),
            Self::EverythingExported => "Alt i Samsvar udtrukket".into(),
            Self::BackupMade => "Sikkerhedskopi taget".into(),
            Self::BackupProven => "Sikkerhedskopi prøvet: alt var der".into(),
            Self::StaffListed { name, role } => format!("{name} har adgang som {role}"),
            Self::StaffRemoved { name } => format!("{name} har ikke længere adgang"),
            Self::SecondFactorOn { name } => format!("{name} har slået koder fra en app til"),
            Self::SecondFactorOff { name } => format!("{name} har slået koder fra en app fra"),
            Self::SecondFactorReset { name } => format!("{name}s koder fra en app er nulstillet"),
            Self::RecoveryCodesMade { name } => format!("{name} har lavet nye reservekoder"),
            Self::RecoveryCodeUsed { name } => format!("{name} loggede ind med en reservekode"),
            Self::RetentionSet { on } => {
                format!("Svar og kontaktpersoner slettes den {}", danish::date(*on))
            }
            Self::AnswersErased => "Svar, kontaktpersoner og breve er slettet".into(),
            Self::RespondentErased => "Svar, kontaktpersoner og breve er slettet".into(),
            Self::ContactErased => "En kontaktperson er slettet".into(),
            Self::ContactExported => "Alt om en kontaktperson er hentet".into(),
            Self::EventsExported => "Historikken er hentet".into(),
            Self::TextsRead => "Alles frie tekster læst af sekretariatet".into(),
            Self::Placed { place: None, .. } => "Beslutningen om pladsen er taget tilbage".into(),
            Self::Placed {
                place: Some(Place::Waiting),
                order,
            } => format!("Sat på ventelisten som nummer {order}"),
            Self::Placed {
                place: Some(place), ..
            } => place.deed().into(),
            Self::SelectedOutside { selected, reason } => format!(
                "{} valgt, et andet antal end det søgte. Grund: {}",
                danish::count(*selected as u64, "er", "er"),
                reason.text()
            ),
            Self::NoticeQueued { notice } => {
                format!("Brevet »{}« lagt i udbakken", notice.title())
            }
            Self::NoticeGiven { notice } => {
                format!("Besked givet uden brev: {}", notice.title())
            }
            Self::NoticesChanged => "Brevene om udvælgelsen er rettet".into(),
            Self::FollowUpPrepared { .. } => "Indsamling til de valgte forberedt".into(),
        }
    }
}

impl Actor {
    pub fn danish(&self) -> String {
        match self {
            Self::System => "Samsvar".into(),
            Self::Contact(n) => format!("Kontaktperson {}", n + 1),
            Self::Colleague(_) => "En kollega".into(),
            Self::Manager(_) => "Lederen".into(),
            Self::Staff(name) => name.clone(),
            Self::Operator => "Driften".into(),
        }
    }
}
