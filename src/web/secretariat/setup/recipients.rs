//! Who is asked: picked from the register, read from a file and looked through, or typed.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::campaigns::import::Doubt;
use samsvar_core::campaigns::{Contact, ImportLine, Respondent, Verdict, looks_like_address};
use samsvar_core::danish;

use super::{Sheet, see_other, step_path};
use crate::actions::recipients::{self, Choice, PendingImport};
use crate::actions::setup::{PlanFault, Setup, Step};
use crate::app::App;
use crate::organisations::{self, Organisation};
use crate::web::errors::WebError;
use crate::web::fields::{self, TextField};
use crate::web::posted::Posted;

/// Does what one of the page's buttons asks for.
pub(super) fn save(
    app: &App,
    staff: &Staff,
    mut setup: Setup,
    posted: &Posted,
) -> Result<HttpResponse, WebError> {
    let id = setup.id.clone();
    let here = step_path(&id, Step::Recipients);
    let by = staff.name.as_str();
    let group = posted.value("gruppe").trim();
    let known = setup.groups().iter().any(|(g, _)| g == group);
    let faults = match posted.value("do") {
        "fil" => read(app, &setup, posted)?,
        "tag" => {
            let choice = |place: usize| match posted.value(&format!("valg-{place}")) {
                "samme" => Choice::Same,
                "anden" => Choice::Other,
                _ => Choice::Skip,
            };
            recipients::take(app, &id, &choice, by)?;
            Vec::new()
        }
        "drop" => {
            recipients::drop_pending(app, &id)?;
            Vec::new()
        }
        _ if !known => vec![fault("gruppe", "Vælg en gruppe, som har et spørgeskema.")],
        "vaelg" => {
            let codes = chosen(posted);
            recipients::pick(app, &id, group, &codes, by)?;
            match codes.is_empty() {
                true => vec![fault(
                    "valg",
                    "Sæt kryds ved mindst én kommune eller region.",
                )],
                false => Vec::new(),
            }
        }
        _ => add_typed(app, &id, group, posted, by)?,
    };
    if faults.is_empty() {
        return Ok(see_other(&here));
    }
    for name in TYPED {
        setup
            .fields
            .insert(name.to_owned(), posted.value(name).to_owned());
    }
    let mut sheet = Sheet::of(app, staff, setup);
    sheet.faults = faults;
    Ok(sheet.response(Step::Recipients, StatusCode::UNPROCESSABLE_ENTITY))
}

/// Controls whose content comes back with a fault.
const TYPED: [&str; 7] = [
    "liste",
    "organisation",
    "afdeling",
    "navn",
    "mail",
    "telefon",
    "gruppe",
];

fn fault(field: &str, message: &str) -> PlanFault {
    PlanFault {
        field: field.to_owned(),
        message: message.to_owned(),
    }
}

fn chosen(posted: &Posted) -> Vec<&str> {
    let values = |name: &'static str| {
        let all = posted.pairs.iter().filter(move |(n, _)| n == name);
        all.map(|(_, v)| v.as_str())
    };
    let mut codes: Vec<&str> = values("kode").collect();
    let regions = organisations::by_region();
    for region in values("hele") {
        let members = regions.iter().filter(|(name, _)| *name == region);
        let inside = members.flat_map(|(_, members)| members.iter());
        codes.extend(
            inside
                .filter(|o| o.kind == "kommune")
                .map(|o| o.code.as_str()),
        );
    }
    codes
}

fn read(app: &App, setup: &Setup, posted: &Posted) -> Result<Vec<PlanFault>, WebError> {
    let file = posted.files.iter().find(|f| f.field == "fil");
    let bytes = file.map_or(posted.value("liste").trim().as_bytes(), |f| {
        f.bytes.as_slice()
    });
    if bytes.is_empty() {
        return Ok(vec![fault("fil", "Vælg en fil, eller indsæt modtagerne.")]);
    }
    let groups = setup.groups();
    if groups.is_empty() {
        return Ok(vec![fault(
            "fil",
            "Vælg først spørgeskemaer, så grupperne er kendt.",
        )]);
    }
    let names: Vec<&str> = groups.iter().map(|(g, _)| g.as_str()).collect();
    let at = if file.is_some() { "fil" } else { "liste" };
    Ok(
        match recipients::read_list(app, &setup.id, &names, bytes)? {
            Ok(_) => Vec::new(),
            Err(faults) => faults
                .iter()
                .take(20)
                .map(|f| fault(at, &format!("Linje {}: {}", f.line, f.message)))
                .collect(),
        },
    )
}

fn add_typed(
    app: &App,
    id: &str,
    group: &str,
    posted: &Posted,
    by: &str,
) -> Result<Vec<PlanFault>, WebError> {
    let text = |name: &str| posted.value(name).trim().to_owned();
    let (organisation, address) = (text("organisation"), text("mail"));
    let mut faults = Vec::new();
    if organisation.is_empty() || organisation.chars().count() > 200 {
        faults.push(fault(
            "organisation",
            "Skriv organisationens navn, højst 200 tegn.",
        ));
    }
    if !address.is_empty() && !looks_like_address(&address) {
        faults.push(fault("mail", "Mailadressen er ikke gyldig."));
    }
    if !faults.is_empty() {
        return Ok(faults);
    }
    let contact = Contact {
        name: text("navn"),
        address,
        phone: text("telefon"),
    };
    let department = text("afdeling");
    let taken = recipients::add_one(app, id, group, (&organisation, &department), contact, by)?;
    Ok(match taken.added {
        0 => vec![fault("organisation", "Den står på listen i forvejen.")],
        _ => Vec::new(),
    })
}

impl Sheet<'_> {
    pub(super) fn recipients(&self) -> Result<Markup, WebError> {
        let asked = crate::actions::campaigns::asked(self.app, &self.setup.id)?;
        let groups = self.setup.groups();
        if let Some(pending) = recipients::pending(self.app, &self.setup.id)? {
            return Ok(self.pending(&pending));
        }
        Ok(html! {
            @if groups.is_empty() {
                div.alert.alert-info { div.alert-body { p.alert-text { "Vælg først et spørgeskema til mindst én gruppe under »Spørgeskemaer«." } } }
            } @else {
                (self.list(&asked))
                @if self.setup.is_draft() && !asked.is_empty() {
                    p.sv-actions { a.button.button-primary href=(step_path(&self.setup.id, Step::Period)) { "Gå videre" } }
                }
                h2 { "Tilføj modtagere" }
                (self.register(&groups, &asked))
                (self.file())
                (self.one(&groups))
            }
        })
    }

    fn list(&self, asked: &[Respondent]) -> Markup {
        let reachable = asked
            .iter()
            .filter(|r| r.reachable().next().is_some())
            .count();
        html! {
            @if asked.is_empty() { p { "Der er ingen modtagere endnu." } }
            @else {
                p role="status" { (danish::count(asked.len() as u64, "modtager", "modtagere")) ", heraf " (reachable) " med mailadresse." }
                div.sv-scroll tabindex="0" role="region" aria-label="Modtagere" {
                    table.sv-table {
                        caption { "Modtagere" }
                        thead { tr { th scope="col" { "Svarende" } th scope="col" { "Gruppe" } th scope="col" { "Kontakt" } th scope="col" { "Ret" } } }
                        tbody { @for r in asked { (self.row(r)) } }
                    }
                }
            }
        }
    }

    fn row(&self, r: &Respondent) -> Markup {
        html! {
            tr {
                th scope="row" { (r.name()) }
                td { (r.group) }
                td {
                    @if r.reachable().next().is_none() { "Ingen mailadresse – får intet brev" }
                    @for (_, contact) in r.reachable() { div { (contact.name) " " (contact.address) } }
                }
                td { a href={ "/sekretariat/indsamlinger/" (self.setup.id) "/modtagere/" (r.id) } { "Ret" span.sr-only { " " (r.name()) } } }
            }
        }
    }

    fn group_choice(&self, groups: &[(String, String)], id: &str) -> Markup {
        let error = self.faults.iter().find(|f| f.field == "gruppe");
        html! {
            div.form-group.form-error[error.is_some()] {
                label.form-label for=(id) { "Gruppe" }
                @if let Some(error) = error { span.form-error-message id={ (id) "-error" } { span.sr-only { "Fejl: " } (error.message) } }
                select.form-select id=(id) name="gruppe" aria-describedby=[error.map(|_| format!("{id}-error"))] {
                    @for (group, _) in groups { option value=(group) selected[group == self.setup.value("gruppe")] { (group) } }
                }
            }
        }
    }

    fn register(&self, groups: &[(String, String)], asked: &[Respondent]) -> Markup {
        let on_list = |o: &Organisation| asked.iter().any(|r| r.organisation == o.name);
        let here = step_path(&self.setup.id, Step::Recipients);
        let error = self.faults.iter().find(|f| f.field == "valg");
        html! {
            details open[error.is_some()] {
                summary { "Vælg kommuner og regioner" }
                form method="post" action=(here) novalidate {
                    (self.group_choice(groups, "gruppe-register"))
                    @if let Some(error) = error { p.form-error-message #valg tabindex="-1" { span.sr-only { "Fejl: " } (error.message) } }
                    @for (n, (region, members)) in organisations::by_region().into_iter().enumerate() {
                        fieldset.sv-group {
                            legend.form-label { (region) }
                            div.form-group-checkbox {
                                input.form-checkbox type="checkbox" id={ "hele-" (n) } name="hele" value=(region);
                                label for={ "hele-" (n) } { "Alle kommuner i " (region) }
                            }
                            details {
                                summary { "Vælg enkelte" span.sr-only { " i " (region) } }
                                div.sv-many {
                                    @for o in members {
                                        @let id = format!("kode-{}", o.code);
                                        div.form-group-checkbox {
                                            input.form-checkbox type="checkbox" id=(id) name="kode" value=(o.code);
                                            label for=(id) { (o.short_name()) @if on_list(o) { " (på listen)" } }
                                        }
                                    }
                                }
                            }
                        }
                    }
                    button.button.button-secondary type="submit" name="do" value="vaelg" { "Tilføj de valgte" }
                }
            }
        }
    }

    fn file(&self) -> Markup {
        let here = step_path(&self.setup.id, Step::Recipients);
        let error = self.faults.iter().find(|f| f.field == "fil");
        let of_list = self.faults.iter().find(|f| f.field == "liste");
        html! {
            details open[error.is_some() || of_list.is_some()] {
                summary { "Læs en liste fra Excel" }
                form method="post" action=(here) enctype="multipart/form-data" novalidate {
                    p { "En linje for hver kontaktperson med kolonnerne organisation; afdeling; gruppe; navn; mail; telefon. "
                        "Flere linjer med samme organisation og afdeling er én svarende med flere kontaktpersoner. I ser, hvad der bliver nyt, ændret eller er i tvivl, før listen tages i brug." }
                    div.form-group.form-error[error.is_some()] {
                        label.form-label for="fil" { "Fil med modtagere (.xlsx eller .csv)" }
                        @if let Some(error) = error { span.form-error-message #fil-error { span.sr-only { "Fejl: " } (error.message) } }
                        input.form-input type="file" #fil name="fil" accept=".xlsx,.csv,text/csv" aria-describedby=[error.map(|_| "fil-error")];
                    }
                    (fields::long_text(&self.field("liste", "Eller indsæt linjerne her", None, false), 6))
                    button.button.button-secondary type="submit" name="do" value="fil" { "Læs listen" }
                }
            }
        }
    }

    fn one(&self, groups: &[(String, String)]) -> Markup {
        let here = step_path(&self.setup.id, Step::Recipients);
        let open = self
            .faults
            .iter()
            .any(|f| matches!(f.field.as_str(), "organisation" | "mail"));
        html! {
            details open[open] {
                summary { "Skriv en modtager" }
                form method="post" action=(here) novalidate {
                    (self.group_choice(groups, "gruppe-en"))
                    (self.text("organisation", "Organisation", Some("Fx Skive Kommune eller tilbuddets navn"), true))
                    (self.text("afdeling", "Afdeling", None, false))
                    (self.text("navn", "Kontaktpersonens navn eller stilling", None, false))
                    (fields::address(&self.field("mail", "Mailadresse", Some("Uden mailadresse sendes intet brev"), false)))
                    (self.text("telefon", "Telefon", None, false))
                    button.button.button-secondary type="submit" name="do" value="en" { "Tilføj modtageren" }
                }
            }
        }
    }

    fn pending(&self, pending: &PendingImport) -> Markup {
        let import = &pending.import;
        let new = import.count(|v| *v == Verdict::New);
        let changed = import.count(|v| matches!(v, Verdict::Changed { .. }));
        let doubt = import.count(|v| matches!(v, Verdict::InDoubt { .. }));
        let same = import.count(|v| matches!(v, Verdict::Unchanged { .. }));
        html! {
            section aria-labelledby="liste-laest" {
                h2 #liste-laest data-focus="" tabindex="-1" { "Listen er læst. Er den rigtig?" }
                p { (danish::count(new as u64, "ny", "nye")) ", " (changed) " med ændrede kontakter, " (doubt) " i tvivl, " (same) " uændrede." }
                form method="post" action=(step_path(&self.setup.id, Step::Recipients)) novalidate {
                    div.sv-scroll tabindex="0" role="region" aria-labelledby="liste-laest" {
                        table.sv-table {
                            caption { "Listens modtagere" }
                            thead { tr { th scope="col" { "Svarende" } th scope="col" { "Gruppe" } th scope="col" { "Kontakt" } th scope="col" { "Hvad sker der" } } }
                            tbody { @for (n, line) in import.lines.iter().enumerate() { (import_row(n, line)) } }
                        }
                    }
                    div.sv-actions {
                        button.button.button-primary type="submit" name="do" value="tag" { "Tag listen i brug" }
                        button.button.button-secondary type="submit" name="do" value="drop" { "Fortryd" }
                    }
                }
            }
        }
    }
}

fn import_row(n: usize, line: &ImportLine) -> Markup {
    let r = &line.incoming;
    html! {
        tr {
            th scope="row" { (r.name()) }
            td { (r.group) }
            td { @for contact in &r.contacts { div { (contact.name) " " (contact.address) } } }
            td {
                @match &line.verdict {
                    Verdict::New => span.sv-status.sv-status--submitted { "Ny" },
                    Verdict::Unchanged { .. } => span.sv-status { "Uændret" },
                    Verdict::Changed { added, removed, .. } => {
                        span.sv-status.sv-status--started { "Ændret" }
                        " " (danish::count(*added as u64, "ny kontakt", "nye kontakter")) ", " (removed) " udgår"
                    }
                    Verdict::InDoubt { id, name, why } => (doubt(n, r, id.is_some(), name, *why)),
                }
            }
        }
    }
}

fn doubt(n: usize, r: &Respondent, is_listed: bool, name: &str, why: Doubt) -> Markup {
    let group = format!("valg-{n}");
    let same = if is_listed {
        format!("Det er »{name}«, som står på listen: brug de nye kontakter")
    } else {
        format!("Skriv den som »{name}«")
    };
    let options = [
        ("samme", same),
        ("anden", format!("Tilføj som »{}«", r.name())),
        ("spring", "Spring linjen over".to_owned()),
    ];
    html! {
        fieldset {
            legend { span.sv-status.sv-status--late { "I tvivl" } " "
                @match why {
                    Doubt::Alias => { "Et andet navn for »" (name) "«?" }
                    Doubt::Spelling => { "Ligner »" (name) "«" }
                }
            }
            @for (value, label) in &options {
                @let id = format!("{group}-{value}");
                div.form-group-radio {
                    input.form-radio type="radio" id=(id) name=(group) value=(value) checked[*value == "samme"];
                    label for=(id) { (label) }
                }
            }
        }
    }
}

/// A contact's three controls, numbered.
pub(super) fn contact_fields(n: usize, contact: &Contact, error: Option<&str>) -> Markup {
    let control = |name: &str, label: &str, value: &str, error: Option<&str>| {
        let id = format!("{name}-{n}");
        fields::text(&TextField {
            id: &id,
            label,
            hint: None,
            value,
            error,
            required: false,
        })
    };
    html! {
        fieldset.sv-group {
            legend.form-label { "Kontaktperson " (n + 1) }
            (control("navn", "Navn eller stilling", &contact.name, None))
            (control("mail", "Mailadresse", &contact.address, error))
            (control("telefon", "Telefon", &contact.phone, None))
        }
    }
}
