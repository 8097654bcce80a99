//! The pages on the way from a title to an open collection, and which controls stand on each.
/// One page of the way from a title to an open collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Basics,
    Forms,
    Recipients,
    Period,
    Letters,
    Privacy,
    Check,
}

/// Groups that one collection can ask.
pub const GROUPS: usize = 3;

impl Step {
    pub const ALL: [Self; 7] = [
        Self::Basics,
        Self::Forms,
        Self::Recipients,
        Self::Period,
        Self::Letters,
        Self::Privacy,
        Self::Check,
    ];

    /// The step's part in its address.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Basics => "grundlag",
            Self::Forms => "skemaer",
            Self::Recipients => "modtagere",
            Self::Period => "periode",
            Self::Letters => "breve",
            Self::Privacy => "svarsiden",
            Self::Check => "gennemse",
        }
    }

    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.slug() == slug)
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Basics => "Titel og afsender",
            Self::Forms => "Spørgeskemaer",
            Self::Recipients => "Modtagere",
            Self::Period => "Periode og påmindelser",
            Self::Letters => "Breve",
            Self::Privacy => "Hvem ser svarene",
            Self::Check => "Gennemse og åbn",
        }
    }

    /// The controls on the step's page.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Basics => &[
                "titel",
                "region",
                "afsender",
                "afsender-mail",
                "afsender-telefon",
                "godkendelse",
            ],
            Self::Forms => &[
                "gruppe-1", "skema-1", "gruppe-2", "skema-2", "gruppe-3", "skema-3",
            ],
            Self::Recipients => &["modtagere"],
            Self::Period => &[
                "aabner",
                "frist",
                "forsinket",
                "paamind-foer",
                "paamind-efter",
                "paamind-hoejst",
                "paamind-stille",
                "paamind-fra",
                "paamind-til",
            ],
            Self::Letters => &[
                "emne",
                "brev",
                "emne-en",
                "brev-en",
                "paamindelse-emne",
                "paamindelse",
                "paamindelse-emne-en",
                "paamindelse-en",
                "kvittering-emne",
                "kvittering",
                "kvittering-emne-en",
                "kvittering-en",
                "videresending",
            ],
            Self::Privacy => &["hvem-ser"],
            Self::Check => &[],
        }
    }

    /// The step whose page holds a field.
    pub fn of(field: &str) -> Self {
        let holds = |step: &Self| step.fields().contains(&field);
        Self::ALL.into_iter().find(holds).unwrap_or(Self::Check)
    }
}
