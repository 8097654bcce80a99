//! A collection set up as the secretariat does it: page by page, in the browser.
use chrono::TimeDelta;
use samsvar_core::danish;

use crate::page::{File, Page};
use crate::people::{Server, Visitor};

pub const NEW: &str = "/sekretariat/indsamlinger/ny";
pub const ON: &str = "Gem og gå videre";
pub const OPEN: &str = "Åbn indsamlingen";

/// The path of a step's page.
pub fn step(id: &str, step: &str) -> String {
    format!("/sekretariat/indsamlinger/{id}/opsaetning/{step}")
}

/// A draft with a title and a sender; its id.
pub async fn begun(secretary: &Visitor, title: &str) -> String {
    let page = secretary.get(NEW).await;
    let fields = [
        ("titel", title),
        ("region", "Region Midtjylland"),
        ("afsender", "Sekretariatet"),
        ("afsender-mail", "sekretariat@region.example.dk"),
    ];
    let made = secretary.presses(&page, &fields, ON).await;
    let path = made.location();
    path.split('/').nth(3).expect("an id").to_owned()
}

/// Chooses forms for groups, in their order.
pub async fn with_forms(secretary: &Visitor, id: &str, forms: &[(&str, &str)]) -> Page {
    let page = secretary.get(&step(id, "skemaer")).await;
    let names: Vec<(String, String)> = (1..)
        .map(|n| (format!("gruppe-{n}"), format!("skema-{n}")))
        .take(forms.len())
        .collect();
    let pairs = names.iter().zip(forms);
    let fields: Vec<(&str, &str)> = pairs
        .flat_map(|((g, s), (group, form))| [(g.as_str(), *group), (s.as_str(), *form)])
        .collect();
    secretary.presses(&page, &fields, ON).await
}

/// Reads a list and takes it as it is.
pub async fn with_recipients(secretary: &Visitor, id: &str, csv: &str) -> Page {
    let read = reads(secretary, id, csv).await;
    let shown = secretary.follows(&read).await;
    secretary.presses(&shown, &[], "Tag listen i brug").await
}

/// Lets the page read a pasted list.
pub async fn reads(secretary: &Visitor, id: &str, csv: &str) -> Page {
    let page = secretary.get(&step(id, "modtagere")).await;
    secretary
        .presses(&page, &[("liste", csv)], "Læs listen")
        .await
}

/// Lets the page read a file.
pub async fn reads_file(secretary: &Visitor, id: &str, name: &str, bytes: &[u8]) -> Page {
    let page = secretary.get(&step(id, "modtagere")).await;
    let file = File {
        control: "fil",
        name,
        bytes,
    };
    secretary.attaches(&page, &[], &[file], "Læs listen").await
}

/// Sets the opening (empty: at once) and a deadline in that many days.
pub async fn with_period(
    server: &Server,
    secretary: &Visitor,
    id: &str,
    opens: &str,
    days: i64,
) -> Page {
    let deadline = danish::local(server.app.now() + TimeDelta::days(days));
    let deadline = danish::date(deadline.date_naive());
    let page = secretary.get(&step(id, "periode")).await;
    let fields = [("aabner", opens), ("frist", deadline.as_str())];
    secretary.presses(&page, &fields, ON).await
}

/// All steps for municipalities and the eating-disorder form; the last step's page.
pub async fn prepared(
    server: &Server,
    secretary: &Visitor,
    csv: &str,
    opens: &str,
) -> (String, Page) {
    let id = begun(secretary, "Prøvesamling").await;
    with_forms(secretary, &id, &[("kommune", "spiseforstyrrelser-kommune")]).await;
    with_recipients(secretary, &id, csv).await;
    with_period(server, secretary, &id, opens, 30).await;
    let page = secretary.get(&step(&id, "gennemse")).await;
    (id, page)
}

/// Like [`prepared`], and opened; the answer to the press.
pub async fn opened(server: &Server, secretary: &Visitor, csv: &str, opens: &str) -> Page {
    let (_, page) = prepared(server, secretary, csv, opens).await;
    secretary.presses(&page, &[], OPEN).await
}
