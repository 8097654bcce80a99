//! A new campaign from one page: forms per group, recipients from a CSV, window, letter, who sees the answers.
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use chrono::{NaiveTime, TimeDelta};
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::campaigns::{
    LetterFields, LetterText, Places, Respondent, Sender, SignOffRule, Window, read_recipients,
};
use samsvar_core::danish;
use samsvar_core::events::Actor;
use samsvar_core::forms::Language;
use sha2::{Digest, Sha256};

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use crate::actions::campaigns::{self, CampaignPlan, PlanFault};
use crate::app::App;

/// Groups that one page can ask: municipality, offer, region.
const GROUPS: usize = 3;

const LETTER_SUBJECT: &str = "{indsamling}: svar senest {frist}";
const LETTER_BODY: &str = "Kære {modtager}\n\n\
    Vi beder {organisation} svare på »{indsamling}« senest {frist}.\n\n\
    Åbn spørgeskemaet med dette personlige link. I skal ikke logge ind:\n{link}\n\n\
    I kan holde pause undervejs og rette svaret indtil fristen.\n\n\
    Venlig hilsen\n{afsender}";
const PRIVACY: &str = "Sekretariatet ser jeres svar. I den rapport, som offentliggøres, vises antal på 1-3 borgere som »≤3«, \
    og ingen enkelt kommunes små tal kan regnes ud.";

/// `GET /sekretariat/indsamlinger/ny`
pub async fn form(app: Data<App>, Secretary(staff): Secretary) -> Result<HttpResponse, WebError> {
    Ok(sheet(&app, &staff, &Typed::fresh(), &[], None))
}

/// `POST /sekretariat/indsamlinger/ny`: the first button shows who would be asked, the second opens the campaign.
pub async fn create(
    app: Data<App>,
    Secretary(staff): Secretary,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    let worker = app.clone();
    super::super::blocking_web(move || {
        let typed = Typed::of(&posted);
        let id = campaigns::free_id(&worker, &typed.title)?;
        let (plan, faults) = typed.plan(&worker, &id);
        let Some(plan) = plan.filter(|_| faults.is_empty()) else {
            let mut response = sheet(&worker, &staff, &typed, &faults, None);
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(response);
        };
        let seen = posted.value("vist") == typed.fingerprint();
        if posted.value("do") != "opret" || !seen {
            let preview = Preview {
                plan: &plan,
                changed: posted.value("do") == "opret",
            };
            return Ok(sheet(&worker, &staff, &typed, &[], Some(&preview)));
        }
        let campaign = campaigns::create(&worker, &id, plan, Actor::Staff(staff.name.clone()))?;
        let to = format!("/sekretariat/indsamlinger/{}", campaign.id);
        Ok(HttpResponse::SeeOther()
            .insert_header((header::LOCATION, to))
            .finish())
    })
    .await
}

/// The page's fields as they were typed.
struct Typed {
    title: String,
    region: String,
    sender: Sender,
    opens: String,
    deadline: String,
    privacy: String,
    subject: String,
    body: String,
    /// Group and form id; empty where nothing is chosen.
    audiences: Vec<(String, String)>,
    recipients: String,
    /// `ingen`, `navn` or `leder`.
    sign_off: String,
    /// How many are wanted, such as `3-5`; empty for all.
    places: String,
    /// A chosen file whose text can't be read: told of, and not shown.
    unreadable_file: Option<Vec<u8>>,
}

impl Typed {
    fn fresh() -> Self {
        let blank = String::new;
        let sender = Sender {
            name: blank(),
            address: blank(),
            phone: blank(),
        };
        let audiences = ["kommune", "tilbud", "region"]
            .map(|g| (g.to_owned(), blank()))
            .to_vec();
        Self {
            title: blank(),
            region: blank(),
            sender,
            opens: blank(),
            deadline: blank(),
            privacy: PRIVACY.into(),
            subject: LETTER_SUBJECT.into(),
            body: LETTER_BODY.into(),
            audiences,
            recipients: blank(),
            sign_off: "navn".into(),
            places: blank(),
            unreadable_file: None,
        }
    }

    fn of(posted: &Posted) -> Self {
        let text = |name: &str| posted.value(name).trim().to_owned();
        let file = posted.files.iter().find(|f| f.field == "fil");
        let read = file.map(|f| String::from_utf8(f.bytes.clone()));
        let (from_file, unreadable_file) = match read {
            // As a browser sends it back from the text field, so that it counts as unchanged.
            Some(Ok(text)) => (Some(text.replace("\r\n", "\n").trim().to_owned()), None),
            Some(Err(broken)) => (None, Some(broken.into_bytes())),
            None => (None, None),
        };
        Self {
            title: text("titel"),
            region: text("region"),
            sender: Sender {
                name: text("afsender"),
                address: text("afsender-mail"),
                phone: text("afsender-telefon"),
            },
            opens: text("aabner"),
            deadline: text("frist"),
            privacy: text("hvem-ser"),
            subject: text("emne"),
            body: text("brev"),
            audiences: (1..=GROUPS)
                .map(|n| (text(&format!("gruppe-{n}")), text(&format!("skema-{n}"))))
                .collect(),
            recipients: from_file.unwrap_or_else(|| text("modtagere")),
            sign_off: text("godkendelse"),
            places: text("pladser"),
            unreadable_file,
        }
    }

    fn sign_off_rule(&self) -> SignOffRule {
        match self.sign_off.as_str() {
            "ingen" => SignOffRule::Nobody,
            "leder" => SignOffRule::ByManager,
            _ => SignOffRule::Named,
        }
    }

    fn plan(&self, app: &App, id: &str) -> (Option<CampaignPlan>, Vec<PlanFault>) {
        let mut faults = Vec::new();
        let audiences: Vec<(String, String)> = self
            .audiences
            .iter()
            .filter(|(g, f)| !g.is_empty() && !f.is_empty())
            .cloned()
            .collect();
        let recipients = self.recipients(id, &audiences, &mut faults);
        let found = self.window(app, &mut faults);
        let places = Places::parse(&self.places);
        if places.is_none() && !self.places.is_empty() {
            faults.push(PlanFault {
                field: "pladser",
                message: "Skriv et antal som 4 eller et spænd som 3-5.".into(),
            });
        }
        // Without a window the rest is judged all the same, so that all faults come at once.
        let now = app.now();
        let window = found.unwrap_or(Window {
            opens: now,
            deadline: now + TimeDelta::days(1),
        });
        let plan = CampaignPlan {
            title: self.title.clone(),
            region: self.region.clone(),
            sender: self.sender.clone(),
            window,
            privacy_notice: self.privacy.clone(),
            audiences,
            invitation: LetterText {
                subject: self.subject.clone(),
                body: self.body.clone(),
            },
            sign_off: self.sign_off_rule(),
            places,
            recipients,
        };
        let mut all = campaigns::faults(app, &plan);
        all.append(&mut faults);
        all.sort_by_key(|fault| PAGE_ORDER.iter().position(|field| *field == fault.field));
        (found.map(|_| plan), all)
    }

    /// Tells whether anything was changed since the preview; no secret.
    fn fingerprint(&self) -> String {
        let sender = [&self.sender.name, &self.sender.address, &self.sender.phone];
        let texts = [
            &self.title,
            &self.region,
            &self.opens,
            &self.deadline,
            &self.privacy,
            &self.subject,
            &self.body,
            &self.recipients,
            &self.sign_off,
            &self.places,
        ];
        let all: Vec<&String> = texts.into_iter().chain(sender).collect();
        let digest = Sha256::digest(format!("{all:?}{:?}", self.audiences).as_bytes());
        digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn recipients(
        &self,
        id: &str,
        audiences: &[(String, String)],
        faults: &mut Vec<PlanFault>,
    ) -> Vec<Respondent> {
        let bytes = self
            .unreadable_file
            .as_deref()
            .unwrap_or(self.recipients.as_bytes());
        if bytes.is_empty() {
            faults.push(PlanFault {
                field: "modtagere",
                message: "Vælg en fil, eller indsæt modtagerne.".into(),
            });
            return Vec::new();
        }
        let groups: Vec<&str> = audiences.iter().map(|(g, _)| g.as_str()).collect();
        match read_recipients(bytes, id, &groups) {
            Ok(recipients) => recipients,
            Err(found) => {
                let shown = found.iter().take(20).map(|f| PlanFault {
                    field: "modtagere",
                    message: format!("Linje {}: {}", f.line, f.message),
                });
                faults.extend(shown);
                Vec::new()
            }
        }
    }

    fn window(&self, app: &App, faults: &mut Vec<PlanFault>) -> Option<Window> {
        let end_of_day = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
        let opens = if self.opens.is_empty() {
            Some(app.now())
        } else {
            danish::parse_local(&self.opens, NaiveTime::MIN)
        };
        if opens.is_none() {
            faults.push(PlanFault {
                field: "aabner",
                message: "Skriv en dato, fx 9.4.2026 eller 9. april 2026 kl. 8.00.".into(),
            });
        }
        let deadline = danish::parse_local(&self.deadline, end_of_day);
        if deadline.is_none() {
            faults.push(PlanFault {
                field: "frist",
                message: "Skriv svarfristen som en dato, fx 29.4.2026.".into(),
            });
        }
        Some(Window {
            opens: opens?,
            deadline: deadline?,
        })
    }
}

/// What would be sent to whom.
struct Preview<'a> {
    plan: &'a CampaignPlan,
    /// "Opret" was pressed on something else than what was shown.
    changed: bool,
}

/// Fields from the top of the page to its end.
const PAGE_ORDER: [&str; 13] = [
    "titel",
    "region",
    "aabner",
    "frist",
    "gruppe-1",
    "skema-1",
    "modtagere",
    "pladser",
    "afsender",
    "afsender-mail",
    "emne",
    "brev",
    "hvem-ser",
];

fn sheet(
    app: &App,
    staff: &Staff,
    typed: &Typed,
    faults: &[PlanFault],
    preview: Option<&Preview>,
) -> HttpResponse {
    let sheet = Sheet {
        typed,
        faults,
        preview,
        forms: forms(app),
    };
    let title = if faults.is_empty() {
        "Ny indsamling"
    } else {
        "Fejl: Ny indsamling"
    };
    super::page(app, staff, title, &sheet.body())
}

/// Ids and titles of the usable forms, with "none" first.
fn forms(app: &App) -> Vec<(String, String)> {
    let none = (String::new(), "Vælg spørgeskema".to_owned());
    let usable = app
        .forms
        .iter()
        .map(|(id, form)| (id.to_owned(), form.title(Language::Da)));
    std::iter::once(none).chain(usable).collect()
}

fn sign_off_options() -> Vec<(String, String)> {
    [
        ("navn", "Ja, navn og titel skrives, når svaret sendes"),
        (
            "leder",
            "Ja, lederen får sit eget link og godkender, før svaret sendes",
        ),
        ("ingen", "Nej"),
    ]
    .map(|(value, label)| (value.to_owned(), label.to_owned()))
    .to_vec()
}

struct Sheet<'a> {
    typed: &'a Typed,
    faults: &'a [PlanFault],
    /// Who would be asked; shown before anything is opened.
    preview: Option<&'a Preview<'a>>,
    forms: Vec<(String, String)>,
}

impl Sheet<'_> {
    fn body(&self) -> Markup {
        let t = self.typed;
        html! {
            (back_link("/sekretariat", "Indsamlinger"))
            h1 { "Ny indsamling" }
            (self.errors())
            form method="post" action="/sekretariat/indsamlinger/ny" enctype="multipart/form-data" novalidate {
                h2 { "Hvad og hvornår" }
                (self.text("titel", "Titel", Some("Står i breve, på siderne og i rapporten"), &t.title, true))
                (self.text("region", "Område", Some("Fx Region Midtjylland; står i rapporten"), &t.region, false))
                (self.text("aabner", "Åbner", Some("Lad feltet stå tomt for at åbne med det samme. Eller skriv fx 9.4.2026 eller 9. april 2026 kl. 8.00"), &t.opens, false))
                (self.text("frist", "Svarfrist", Some("Fx 29.4.2026. Der kan svares til og med den dag"), &t.deadline, true))
                h2 { "Hvem svarer på hvad" }
                @for n in 1..=GROUPS { (self.audience(n)) }
                h2 { "Modtagere" }
                p { "En linje for hver kontaktperson med kolonnerne organisation; afdeling; gruppe; navn; mail; telefon. "
                    "Flere linjer med samme organisation og afdeling er én svarende med flere kontaktpersoner. En linje uden mailadresse får intet brev, men kommer med på listen." }
                (self.file())
                (fields::long_text(&self.field("modtagere", "Eller indsæt modtagerne her", None, &t.recipients, true), 8))
                h2 { "Godkendelse og pladser" }
                (fields::select(&self.field("godkendelse", "Skal en leder godkende svaret?", None, &t.sign_off, true), &sign_off_options()))
                (self.text("pladser", "Hvor mange skal vælges?", Some("Kun når ikke alle kan komme med, fx 3-5 fokuskommuner. Så får indsamlingen en side til at vælge"), &t.places, false))
                h2 { "Brev og afsender" }
                (self.text("afsender", "Afsenderens navn", None, &t.sender.name, true))
                (self.text("afsender-mail", "Afsenderens mailadresse", Some("Hertil går svar på brevet"), &t.sender.address, true))
                (self.text("afsender-telefon", "Telefon til hjælp", None, &t.sender.phone, false))
                (self.text("emne", "Brevets emne", None, &t.subject, true))
                (fields::long_text(&self.field("brev", "Brevets tekst", Some("Felter: {modtager}, {organisation}, {indsamling}, {frist}, {afsender}, {link}"), &t.body, true), 12))
                h2 { "Hvem ser svarene?" }
                (fields::long_text(&self.field("hvem-ser", "Tekst over det første spørgsmål", None, &t.privacy, true), 5))
                (self.preview())
                div.sv-actions {
                    button.button.button-secondary type="submit" name="do" value="vis" { "Vis, hvem der inviteres" }
                    @if self.preview.is_some() {
                        button.button.button-primary type="submit" name="do" value="opret" { "Opret indsamlingen og send breve" }
                    }
                }
            }
        }
    }

    fn errors(&self) -> Markup {
        html! {
            @if !self.faults.is_empty() {
                div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" {
                    div.alert-body {
                        h2.alert-heading { "Indsamlingen er ikke oprettet endnu" }
                        ul.nobullet-list { @for fault in self.faults { li { a href={ "#" (fault.field) } { (fault.message) } } } }
                    }
                }
            }
        }
    }

    fn field<'f>(
        &'f self,
        id: &'f str,
        label: &'f str,
        hint: Option<&'f str>,
        value: &'f str,
        required: bool,
    ) -> TextField<'f> {
        let error = self
            .faults
            .iter()
            .find(|f| f.field == id)
            .map(|f| f.message.as_str());
        TextField {
            id,
            label,
            hint,
            value,
            error,
            required,
        }
    }

    fn text(
        &self,
        id: &str,
        label: &str,
        hint: Option<&str>,
        value: &str,
        required: bool,
    ) -> Markup {
        fields::text(&self.field(id, label, hint, value, required))
    }

    fn audience(&self, n: usize) -> Markup {
        let blank = (String::new(), String::new());
        let (group, form) = self.typed.audiences.get(n - 1).unwrap_or(&blank);
        let (group_id, form_id) = (format!("gruppe-{n}"), format!("skema-{n}"));
        html! {
            fieldset {
                legend.form-label { "Gruppe " (n) }
                (self.text(&group_id, "Gruppens navn i modtagerfilen", None, group, n == 1))
                (fields::select(&self.field(&form_id, "Spørgeskema", None, form, n == 1), &self.forms))
            }
        }
    }

    fn file(&self) -> Markup {
        html! {
            div.form-group {
                label.form-label for="fil" { "Fil med modtagere (valgfrit)" }
                span.form-hint #fil-hint { "Gem regnearket som »CSV UTF-8« i Excel" }
                input.form-input type="file" id="fil" name="fil" accept=".csv,text/csv" aria-describedby="fil-hint";
            }
        }
    }

    fn preview(&self) -> Markup {
        let Some(preview) = self.preview else {
            return html! {};
        };
        let recipients = &preview.plan.recipients;
        let letters: usize = recipients.iter().map(|r| r.reachable().count()).sum();
        html! {
            section data-focus="" tabindex="-1" aria-labelledby="modtagere-vist" {
                input type="hidden" name="vist" value=(self.typed.fingerprint());
                h2 #modtagere-vist { "Disse inviteres" }
                @if preview.changed {
                    div.alert.alert-warning role="alert" {
                        div.alert-body { p.alert-text { "I har ændret noget siden visningen. Se listen og brevet igennem igen, og opret så." } }
                    }
                }
                p role="status" { (danish::count(recipients.len() as u64, "svarende", "svarende")) ", " (danish::count(letters as u64, "brev", "breve")) "." }
                div.sv-scroll tabindex="0" role="region" aria-labelledby="modtagere-vist" {
                    table.sv-table {
                        caption { "Svarende og breve" }
                        thead { tr { th scope="col" { "Svarende" } th scope="col" { "Gruppe" } th scope="col" { "Breve til" } } }
                        tbody {
                            @for r in recipients {
                                tr {
                                    th scope="row" { (r.name()) }
                                    td { (r.group) }
                                    td {
                                        @if r.reachable().next().is_none() { "Intet brev: ingen mailadresse" }
                                        @for (_, contact) in r.reachable() { div { (contact.address) } }
                                    }
                                }
                            }
                        }
                    }
                }
                (letter(preview.plan))
            }
        }
    }
}

/// The first letter as its reader will see it, but for the link.
fn letter(plan: &CampaignPlan) -> Markup {
    let first = plan
        .recipients
        .iter()
        .find_map(|r| r.reachable().next().map(|(_, contact)| (r.name(), contact)));
    let Some((organisation, contact)) = first else {
        return html! {};
    };
    let deadline = danish::date_time(plan.window.deadline);
    let fields = LetterFields {
        recipient: &contact.name,
        organisation: &organisation,
        campaign: &plan.title,
        deadline: &deadline,
        sender: &plan.sender.name,
        link: "(her står det personlige link)",
    };
    html! {
        h3 { "Brevet til " (contact.name) }
        div.sv-mail {
            p { strong { (plan.invitation.subject_for(&fields)) } }
            pre { (plan.invitation.body_for(&fields)) }
        }
    }
}
