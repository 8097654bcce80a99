//! Whoever answers: opens a link, fills in pages, and sends.
use actix_web::http::StatusCode;

use crate::page::Page;
use crate::people::{Server, Visitor};

pub const SKIVE: &str = "social@skive.example.dk";
pub const SKIVE_ID: &str = "skive-kommune-social-og-sundhed";
pub const THISTED: &str = "social@thisted.example.dk";
pub const OFFER: &str = "leder@soenderparken.example.dk";
pub const OFFER_ID: &str = "soenderparken";
pub const FAVRSKOV: &str = "social@favrskov.example.dk";
pub const FAVRSKOV_ID: &str = "favrskov-kommune-social-og-sundhed";

pub const NEXT: &str = "Gem og fortsæt";

pub const APPROVED: [(&str, &str); 3] = [
    ("f/approval/name", "Socialchefen"),
    ("f/approval/title", "Socialchef"),
    ("f/approval/date", "19. oktober 2026"),
];

/// Somebody at work on an answer.
pub struct Writer {
    pub server: Server,
    pub visitor: Visitor,
    /// The answer's address.
    pub base: String,
}

impl Writer {
    pub async fn of(address: &str) -> Self {
        let server = Server::demo().await;
        let (visitor, start) = server.opens_link_of(address).await;
        Self {
            server,
            visitor,
            base: start.path,
        }
    }

    pub async fn section(&self, id: &str) -> Page {
        let page = self
            .visitor
            .get(&format!("{}/afsnit/{id}", self.base))
            .await;
        assert_eq!(page.status, StatusCode::OK, "{id}: {}", page.words());
        page
    }

    /// Opens the section, fills it in, saves, and comes to the next page.
    pub async fn fills_in(&self, id: &str, answers: &[(&str, &str)]) -> Page {
        let page = self.section(id).await;
        let saved = self.visitor.presses(&page, answers, NEXT).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
        self.visitor.follows(&saved).await
    }

    /// Opens the section, fills it in and stays on it.
    pub async fn saves(&self, id: &str, answers: &[(&str, &str)]) -> Page {
        let page = self.section(id).await;
        let saved = self.visitor.presses(&page, answers, "Gem").await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
        self.visitor.follows(&saved).await
    }

    pub async fn review(&self) -> Page {
        let page = self.visitor.get(&format!("{}/gennemse", self.base)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.words());
        page
    }

    /// A municipality without citizens in the target group: the shortest whole answer.
    pub async fn answers_that_there_is_nobody(&self) {
        self.saves("children", &[("f/children/none", "true")]).await;
        self.saves("adults", &[("f/adults/none", "true")]).await;
        self.saves("approval", &APPROVED).await;
    }

    /// Signs the answer off where the review page asks for it, and sends it.
    pub async fn submits(&self) -> Page {
        let review = self.review().await;
        self.sends(&review).await
    }

    pub async fn sends(&self, review: &Page) -> Page {
        let asks = |name: &str| review.has_control(name);
        let signed = [("navn", "Lederen"), ("titel", "Leder")];
        let signed: Vec<_> = signed.into_iter().filter(|(n, _)| asks(n)).collect();
        let sent = self.visitor.presses(review, &signed, "Indsend svar").await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
        self.visitor.follows(&sent).await
    }

    /// Fills in the page and goes on; a page that opened questions is pressed through.
    pub async fn goes_on(&self, page: &Page, answers: &[(&str, &str)]) -> Page {
        let saved = self.visitor.presses(page, answers, NEXT).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
        let next = self.visitor.follows(&saved).await;
        let wrong = next.title().starts_with("Fejl") && !next.path.ends_with("/gennemse");
        assert!(!wrong, "{}", next.words());
        next
    }

    /// The attachments' page with one control for a file.
    pub async fn with_a_file_control(&self) -> Page {
        let page = self.section("attachments").await;
        let added = self.visitor.presses(&page, &[], "Tilføj bilag").await;
        let page = self.visitor.follows(&added).await;
        assert!(
            page.has_control("f/attachments/files/0"),
            "{}",
            page.words()
        );
        page
    }

    pub async fn fills_in_the_offer(&self) {
        let offer = [
            ("f/offer/name", "Sønderparken"),
            ("f/offer/operator", "Region Midtjylland"),
            ("f/offer/operator_kind", "region"),
            ("f/offer/seat", "Viborg"),
            ("f/offer/region", "Region Midtjylland"),
            ("f/offer/legal_basis", "107"),
            ("f/offer/legal_basis", "108"),
            ("f/offer/setting", "both"),
            ("f/offer/age_min", "18"),
            ("f/offer/age_open_ended", "true"),
        ];
        let page = self.section("offer").await;
        let page = self.goes_on(&page, &offer).await;
        let page = self.goes_on(&page, &[("f/places/kind", "fixed")]).await;
        assert!(page.path.contains("/afsnit/places"), "{}", page.path);
        let page = self.goes_on(&page, &[("f/places/count", "12")]).await;
        let page = self.goes_on(&page, &[("f/flow/groups", "adults")]).await;
        let figures = ["10", "ikke opgjort", "13", "0", "0", "ca. 2"];
        let names = [
            "onsite/2017",
            "onsite/2018",
            "onsite/2019",
            "offsite/2017",
            "offsite/2018",
            "offsite/2019",
        ];
        let names = names.map(|name| format!("f/flow/adults/{name}"));
        let flow: Vec<_> = names.iter().map(String::as_str).zip(figures).collect();
        let page = self.goes_on(&page, &flow).await;
        let staff = [
            ("f/staff/fte", "7,5"),
            ("f/staff/experienced_percent", "60"),
            ("f/staff/professions", "pedagogue"),
        ];
        let page = self.goes_on(&page, &staff).await;
        let name = "f/catchment/municipalities";
        let page = self
            .goes_on(&page, &[(name, "Viborg"), (name, "Aarhus")])
            .await;
        let page = self
            .goes_on(&page, &[("f/elements/rehabilitation", "meals")])
            .await;
        let own = [
            ("f/self_assessment/planned", "false"),
            ("f/self_assessment/highly_specialised", "yes"),
            ("f/self_assessment/viso", "true"),
        ];
        let page = self.goes_on(&page, &own).await;
        assert!(page.path.ends_with("/afsnit/attachments"), "{}", page.path);
    }
}
