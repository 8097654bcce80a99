//! Puts a report together: aggregate, protect everything at once, then word what may be said.
use std::collections::BTreeSet;

use serde_json::Value;

use super::charts::ReportChart;
use super::choices::{Choices, FEWEST_MERGED};
use super::context::Context;
use super::editions::{self, Facts};
use super::model;
use super::notes;
use super::offers::{self, OffersTable};
use super::refusal::{
    given_away, irreconcilable, lower_than_before, merged_too_few, nobody, refused,
};
use super::sentences::{Material, Outcome};
use super::{Block, Meta, Order, ReleasedText, Report, ReportRefusal, ReportTable, Section};
use crate::danish;
use crate::disclosure::{
    Coords, Policy, Protected, Refusal, Rules, SafeTable, Shown, TrueCell, protect,
};
use crate::tables::{
    self, CHOSEN, ChoiceSpec, FreeTextSpec, OffersSpec, PrintedRows, ReportSpec, Respondent,
    SectionKey, SectionSpec, SentenceSpec, TableSpec, TrueRow, TrueTable, Turnout, aggregate,
};

impl Report {
    /// A report on the answers that count; the same input in any order gives the same report.
    pub fn build(
        spec: &ReportSpec,
        respondents: &[Respondent],
        meta: Meta,
    ) -> Result<Report, ReportRefusal> {
        let order = Order {
            choices: &Choices::default(),
            earlier: &[],
            texts: &[],
        };
        Self::edition(spec, respondents, meta, &order)
    }

    /// A report with the secretariat's choices, safe together with everything that earlier
    /// editions have printed.
    pub fn edition(
        spec: &ReportSpec,
        respondents: &[Respondent],
        meta: Meta,
        order: &Order,
    ) -> Result<Report, ReportRefusal> {
        let Order {
            choices,
            earlier,
            texts,
        } = *order;
        let spec = choices.applied(spec);
        let respondents = waiting(respondents, choices);
        let turnout = Turnout::of(&spec, &respondents);
        if turnout.answered.is_empty() {
            return Err(nobody(&turnout));
        }
        let mut truth = aggregate(&spec, &respondents);
        choices.merge_rows(&mut truth);
        too_few_merged(&truth)?;
        let printed = truth.len();
        truth.extend(spec.offers.as_ref().map(|offers| {
            let own_name = |id: &str| offers::released(texts, id, &offers.name);
            tables::offers(offers, &respondents, own_name)
        }));
        truth.extend(choices_made(&spec, &respondents));
        let context = Context::of(&truth, earlier, spec.threshold).map_err(irreconcilable)?;
        if let Some(told) = context.hidden_higher() {
            return Err(lower_than_before(told, spec.threshold, &truth));
        }
        if !context.given_away.is_empty() && !choices.print_published {
            return Err(given_away(&context, &truth));
        }
        let mut protected = together(&spec, &truth, &context, choices)
            .map_err(|refusal| refused(&refusal, &truth, &context))?;
        if choices.print_intervals {
            protected = protected.with_intervals();
        }
        Ok(Workshop {
            spec: &spec,
            respondents: &respondents,
            turnout,
            truth,
            printed,
            protected,
            texts,
            meta,
        }
        .report())
    }
}

/// Answers that are to wait for a later edition count as not given.
fn waiting<'a>(respondents: &[Respondent<'a>], choices: &Choices) -> Vec<Respondent<'a>> {
    let mut respondents = respondents.to_vec();
    for respondent in &mut respondents {
        if respondent.answers.is_some() && choices.waiting.contains_key(&respondent.id) {
            respondent.answers = None;
            respondent.disposition = "venter til en senere udgave".into();
        }
    }
    respondents
}

/// How many chose each answer, one table for each question.
fn choices_made<'s>(spec: &'s ReportSpec, respondents: &[Respondent]) -> Vec<TrueTable<'s>> {
    let own = respondents
        .iter()
        .filter(|one| one.form == spec.respondents.form);
    let answers: Vec<&Value> = own.filter_map(|one| one.answers).collect();
    let choices = spec.sections.values().flat_map(|section| &section.choices);
    let mut tables: Vec<TrueTable> = Vec::new();
    for choice in choices {
        if tables
            .iter()
            .all(|table| table.spec.id != choice.figures.id)
        {
            tables.push(tables::choice(choice, &answers));
        }
    }
    tables
}

fn too_few_merged(truth: &[TrueTable]) -> Result<(), ReportRefusal> {
    let rows = truth.iter().flat_map(|table| &table.rows);
    let few = |row: &&TrueRow| (2..FEWEST_MERGED).contains(&row.members.len());
    match rows.into_iter().find(few) {
        Some(row) => Err(merged_too_few(&row.name)),
        None => Ok(()),
    }
}

/// Everything protected at once; a sentence that must be dropped is tried with wider bands first.
fn together(
    spec: &ReportSpec,
    truth: &[TrueTable],
    context: &Context,
    choices: &Choices,
) -> Result<Protected, Refusal> {
    let policy = model::policy(spec, truth, context, choices);
    let cells = model::cells(truth);
    let cells: Vec<TrueCell> = cells.into_iter().chain(context.cells.clone()).collect();
    let with = |merged: &BTreeSet<String>, policy: &Policy| {
        let rules = model::with_context(model::rules(truth, merged), context);
        protect(&cells, &rules, policy)
    };
    let none = BTreeSet::new();
    let fine = match with(&none, &policy) {
        Err(refusal) if policy.may_hide_totals || context.is_empty() => return Err(refusal),
        // A total may be hidden for the small counts of this edition, not for those of earlier ones.
        Err(refusal) if hides_no_total_alone(spec, truth, choices) => return Err(refusal),
        Err(_) => with(&none, &hiding_totals(spec, &policy))?,
        Ok(fine) => fine,
    };
    let dropped: BTreeSet<String> = fine
        .dropped()
        .iter()
        .map(|fact| fact.name.clone())
        .collect();
    if dropped.is_empty() {
        return Ok(fine);
    }
    let policy = match fine.summary().totals_hidden {
        0 => policy,
        _ => hiding_totals(spec, &policy),
    };
    match with(&dropped, &policy) {
        Ok(wide) if wide.dropped().len() < dropped.len() => Ok(wide),
        _ => Ok(fine),
    }
}

fn hiding_totals(spec: &ReportSpec, policy: &Policy) -> Policy {
    Policy {
        may_hide_totals: !spec.keep_totals,
        ..policy.clone()
    }
}

fn hides_no_total_alone(spec: &ReportSpec, truth: &[TrueTable], choices: &Choices) -> bool {
    let alone = Context::default();
    let policy = model::policy(spec, truth, &alone, choices);
    let rules = model::rules(truth, &BTreeSet::new());
    protect(&model::cells(truth), &rules, &policy)
        .is_ok_and(|protected| protected.summary().totals_hidden == 0)
}

/// All that a report is made of, while it is being made.
struct Workshop<'a> {
    spec: &'a ReportSpec,
    respondents: &'a [Respondent<'a>],
    turnout: Turnout,
    /// The tables to print, then the offers' citizens and the choices.
    truth: Vec<TrueTable<'a>>,
    /// How many tables are printed as such.
    printed: usize,
    protected: Protected,
    texts: &'a [ReleasedText],
    meta: Meta,
}

/// A table as printed, and the sentences that follow it.
struct Finished {
    table: ReportTable,
    charts: Vec<ReportChart>,
    said: Vec<Block>,
    trends: Vec<String>,
    left_out: Vec<String>,
}

impl Workshop<'_> {
    fn report(self) -> Report {
        let mut finished: Vec<Finished> = (0..self.printed).map(|t| self.table(t)).collect();
        self.draw(&mut finished);
        let disclosure = self.disclosure(&finished);
        let mut sections: Vec<Section> = SectionKey::ALL
            .into_iter()
            .map(|key| self.section(key, &disclosure))
            .collect();
        place(&mut sections, finished);
        for section in sections.iter_mut().filter(|s| s.blocks.is_empty()) {
            section.blocks.push(Block::Paragraph(
                "Besvarelserne indeholder ikke oplysninger til dette afsnit.".into(),
            ));
        }
        Report {
            title: self.filled(&self.spec.title),
            sections,
            disclosure,
            threshold: self.spec.threshold,
            remarks: self
                .protected
                .dropped()
                .iter()
                .map(|fact| fact.reason.clone())
                .collect(),
            rules: self.own_rules(),
            facts: self.facts(),
            protected: self.protected,
            meta: self.meta,
        }
    }

    fn facts(&self) -> Facts {
        let own_linear = model::rules(&self.truth, &BTreeSet::new()).linear.len();
        editions::facts(
            self.spec.threshold,
            &self.truth,
            &self.protected,
            own_linear,
        )
    }

    /// The rules of this edition alone, as they hold of its plain table.
    fn own_rules(&self) -> Rules {
        let facts = self.facts();
        Rules {
            linear: facts.linear,
            classes: facts.classes,
            ..self.protected.rules().clone()
        }
    }

    fn table(&self, index: usize) -> Finished {
        let truth = &self.truth[index];
        let table = model::printed(&self.protected, truth);
        let mut under = notes::under(
            (index + 1, truth),
            self.spec,
            &self.turnout,
            self.meta.as_of,
        );
        under.extend(notes::of_intervals(&table));
        let mut finished = Finished {
            table: ReportTable {
                id: truth.spec.id.clone(),
                number: index + 1,
                caption: self.filled(&truth.spec.caption),
                row_heading: capitalised(&self.spec.respondents.singular),
                total_label: truth.spec.total_label.clone(),
                rows: printed_rows(truth, &table),
                table,
                notes: under,
            },
            charts: Vec::new(),
            said: Vec::new(),
            trends: Vec::new(),
            left_out: Vec::new(),
        };
        for (index, sentence) in truth.spec.sentences.iter().enumerate() {
            self.say(&mut finished, truth, index, sentence);
        }
        finished
    }

    /// The charts of all tables, numbered over the whole report.
    fn draw(&self, finished: &mut [Finished]) {
        let mut number = 1;
        for (finished, truth) in finished.iter_mut().zip(&self.truth) {
            let years = truth.spec.years();
            let years: Vec<&str> = years
                .iter()
                .map(|(_, column)| column.label.as_str())
                .collect();
            for spec in &truth.spec.charts {
                let caption = self.filled(&spec.caption);
                let chart = ReportChart::of(spec, caption, &finished.table, &years, number);
                if let Some(chart) = chart {
                    finished.charts.push(chart);
                    number += 1;
                }
            }
        }
    }

    fn say(
        &self,
        finished: &mut Finished,
        truth: &TrueTable,
        index: usize,
        sentence: &SentenceSpec,
    ) {
        let material = Material {
            spec: self.spec,
            turnout: &self.turnout,
            truth,
            printed: &finished.table.table,
            protected: &self.protected,
        };
        match material.say(index, sentence) {
            Outcome::Said(items) => {
                if matches!(sentence, SentenceSpec::Trend { .. }) {
                    finished.trends.extend(items.iter().cloned());
                }
                finished.said.push(Block::List {
                    lead: lead(sentence),
                    items,
                });
            }
            Outcome::Protected => {
                finished.table.notes.push(left_out(sentence));
                finished.left_out.push(left_out(sentence));
            }
            Outcome::NoFigures => {}
        }
    }

    fn section(&self, key: SectionKey, disclosure: &[String]) -> Section {
        let empty = SectionSpec::default();
        let spec = self.spec.sections.get(&key).unwrap_or(&empty);
        let mut blocks: Vec<Block> = spec
            .texts
            .iter()
            .map(|text| Block::Paragraph(self.filled(text)))
            .collect();
        if key == SectionKey::Process {
            blocks.extend(self.process(disclosure));
        }
        if let (SectionKey::Offers, Some(offers)) = (key, &self.spec.offers) {
            blocks.push(self.offers(offers));
        }
        blocks.extend(spec.choices.iter().map(|choice| self.choice(choice)));
        blocks.extend(self.free_texts(&spec.free_texts));
        if key == SectionKey::Annexes {
            blocks.extend(self.released_texts());
        }
        Section {
            heading: key.heading(),
            blocks,
        }
    }

    fn offers(&self, offers: &OffersSpec) -> Block {
        let caption = self.filled(&offers.caption);
        let number = self.printed + 1;
        let nobody = TrueTable {
            spec: &offers.figures,
            rows: Vec::new(),
        };
        let truth = self.truth_of(&offers.figures).unwrap_or(&nobody);
        let printed = model::printed(&self.protected, truth);
        let table = OffersTable::of(
            offers,
            self.respondents,
            self.texts,
            (truth, &printed),
            self.spec.threshold,
            (number, caption),
        );
        match table.rows().is_empty() {
            true => Block::Paragraph("Ingen tilbud har besvaret screeningsskemaet.".into()),
            false => Block::Offers(table),
        }
    }

    fn truth_of(&self, figures: &TableSpec) -> Option<&TrueTable<'_>> {
        self.truth.iter().find(|table| table.spec.id == figures.id)
    }

    fn process(&self, disclosure: &[String]) -> Vec<Block> {
        let mut items = vec![self.turnout.sentence()];
        items.extend(self.turnout.removed_notes());
        vec![
            Block::List {
                lead: "Besvarelser".into(),
                items,
            },
            Block::List {
                lead: "Sådan er små tal beskyttet".into(),
                items: disclosure.to_vec(),
            },
        ]
    }

    fn choice(&self, choice: &ChoiceSpec) -> Block {
        let population = &self.spec.respondents;
        let named = |n: usize| danish::count(n as u64, &population.singular, &population.plural);
        let answered = self.answers();
        let given = answered.filter(|answers| answers.pointer(&choice.pointer).is_some());
        let given = given.count();
        let truth = self.truth_of(&choice.figures);
        let printed = truth.map(|truth| model::printed(&self.protected, truth));
        let printed = printed.unwrap_or_default();
        let mut items = Vec::new();
        for (_, label) in choice.options.iter().filter(|_| given > 0) {
            items.push(match printed.cell(label, CHOSEN) {
                Some(Shown::Exact(n)) => {
                    format!(
                        "{label}: {}",
                        named(usize::try_from(n).unwrap_or(usize::MAX))
                    )
                }
                other => format!("{label}: {}", other.unwrap_or(Shown::Withheld)),
            });
        }
        items.push(format!(
            "Spørgsmålet er besvaret af {} ud af {}.",
            given,
            named(self.turnout.base())
        ));
        Block::List {
            lead: choice.label.clone(),
            items,
        }
    }

    /// Free text leaks, so it is only counted; what has been released stands in full.
    fn free_texts(&self, texts: &[FreeTextSpec]) -> Vec<Block> {
        let items: Vec<String> = texts
            .iter()
            .map(|text| {
                let written = self
                    .answers()
                    .filter_map(|answers| answers.pointer(&text.pointer)?.as_str())
                    .filter(|answer| !answer.trim().is_empty())
                    .count();
                match written {
                    0 => format!("{}: ingen svar", text.label),
                    n => format!("{}: {n} svar", text.label),
                }
            })
            .collect();
        let mut blocks: Vec<Block> = texts
            .iter()
            .filter_map(|text| {
                let items: Vec<String> = self.released(text).map(str::to_owned).collect();
                let lead = format!("{} – svar i fri tekst", text.label);
                (!items.is_empty()).then_some(Block::List { lead, items })
            })
            .collect();
        if !items.is_empty() {
            blocks.push(Block::List {
                lead: "Svar i fri tekst, holdt tilbage til gennemsyn før udgivelse".into(),
                items,
            });
        }
        blocks
    }

    fn released<'s>(&'s self, text: &'s FreeTextSpec) -> impl Iterator<Item = &'s str> {
        let nobodys = self.texts.iter().filter(|one| one.offer.is_none());
        let here = nobodys.filter(|one| one.pointer == text.pointer);
        here.map(|one| one.wording.as_str())
    }

    /// All released texts once more, gathered by question.
    fn released_texts(&self) -> Option<Block> {
        let sections = SectionKey::ALL.into_iter();
        let specs = sections.filter_map(|key| self.spec.sections.get(&key));
        let items: Vec<String> = specs
            .flat_map(|section| &section.free_texts)
            .flat_map(|text| {
                self.released(text)
                    .map(|wording| format!("{}: {wording}", text.label))
            })
            .collect();
        (!items.is_empty()).then(|| Block::List {
            lead: "Svar i fri tekst, gennemset og udgivet".into(),
            items,
        })
    }

    fn answers(&self) -> impl Iterator<Item = &Value> {
        self.respondents
            .iter()
            .filter(|respondent| respondent.form == self.spec.respondents.form)
            .filter_map(|respondent| respondent.answers)
    }

    /// What is hidden and why, for the report as a whole.
    fn disclosure(&self, finished: &[Finished]) -> Vec<String> {
        let mut items = vec![notes::threshold(self.spec)];
        for table in finished.iter().map(|finished| &finished.table) {
            let lifted = notes::lifted(self.lifted_in(table));
            let lifted = lifted.map_or_else(String::new, |line| format!(" {line}"));
            items.push(hidden(table) + &lifted);
        }
        for finished in finished {
            let number = finished.table.number;
            let left_out = finished.left_out.iter();
            items.extend(left_out.map(|line| format!("Tabel {number}: {line}")));
        }
        items.push(match self.texts.is_empty() {
            true => "Svar i fri tekst er ikke med i rapporten.".into(),
            false => {
                "Svar i fri tekst er kun med, hvor sekretariatet har gennemset og udgivet dem."
                    .to_owned()
            }
        });
        items
    }

    /// How many of a table's printed numbers could not be put into their bands.
    fn lifted_in(&self, table: &ReportTable) -> usize {
        let lifted = self.protected.lifted().iter();
        let is_here = |coords: &&Coords| match coords.as_slice() {
            [id, row, _] => *id == table.id && table.rows.contains(row),
            _ => false,
        };
        lifted.filter(is_here).count()
    }

    /// The text with its fields filled, in one pass so that a value is never read as a field.
    fn filled(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len() + 40);
        let mut parts = text.split('{');
        filled.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let (field, rest) = part.split_once('}').unwrap_or((part, ""));
            match field {
                "indsamling" => filled.push_str(&self.meta.campaign),
                "region" => filled.push_str(&self.meta.region),
                "dato" => filled.push_str(&danish::date(self.meta.as_of)),
                "besvaret_af" => filled.push_str(&self.turnout.fraction()),
                _ => {}
            }
            filled.push_str(rest);
        }
        filled
    }
}

/// Tables and their sentences stand under theme 1; what they come to, in the résumé.
fn place(sections: &mut [Section], finished: Vec<Finished>) {
    let (mut tables, mut trends) = (Vec::new(), Vec::new());
    for finished in finished {
        trends.extend(finished.trends.into_iter().map(Block::Paragraph));
        tables.push(Block::Table(Box::new(finished.table)));
        tables.extend(finished.charts.into_iter().map(Block::Chart));
        tables.extend(finished.said);
    }
    let mut add = |key: SectionKey, blocks: Vec<Block>| {
        let mut with = sections
            .iter_mut()
            .filter(|section| section.heading == key.heading());
        if let Some(section) = with.next() {
            section.blocks.extend(blocks);
        }
    };
    add(SectionKey::TargetGroup, tables);
    add(SectionKey::Summary, trends);
}

fn printed_rows(truth: &TrueTable, table: &SafeTable) -> Vec<String> {
    let rows = table.rows().iter();
    match truth.spec.rows {
        PrintedRows::All => rows.cloned().collect(),
        PrintedRows::Total => rows
            .filter(|row| **row == truth.spec.total_label)
            .cloned()
            .collect(),
    }
}

fn lead(sentence: &SentenceSpec) -> String {
    match sentence {
        SentenceSpec::Years { what } => format!("Fordeling efter antal år med {what}"),
        SentenceSpec::Bands { what, .. } => format!("Fordeling efter antal {what}"),
        SentenceSpec::Trend { .. } => "Udvikling".into(),
        SentenceSpec::Changes { what } => format!("Stigninger og fald i antal {what}"),
    }
}

fn left_out(sentence: &SentenceSpec) -> String {
    match sentence {
        SentenceSpec::Trend { .. } => {
            "Udviklingen er udeladt, fordi det samlede antal er skjult.".into()
        }
        SentenceSpec::Changes { .. } => format!(
            "{} er udeladt, fordi de sammen med tabellerne kunne vise et skjult tal.",
            lead(sentence)
        ),
        other => format!(
            "{} er udeladt, fordi den sammen med tabellerne kunne vise et skjult tal.",
            lead(other)
        ),
    }
}

/// How many cells of a table are hidden, which any reader can count.
fn hidden(table: &ReportTable) -> String {
    let cells: Vec<Shown> = table.printed().flat_map(|(_, cells)| cells).collect();
    let count = |is: fn(&Shown) -> bool| cells.iter().filter(|cell| is(cell)).count();
    let small = count(|cell| matches!(cell, Shown::AtMost(_)));
    let withheld = count(|cell| matches!(cell, Shown::Withheld));
    let intervals = count(|cell| matches!(cell, Shown::Between(..) | Shown::AtLeast(_)));
    let figures = count(|cell| *cell != Shown::NotCollected);
    let number = table.number;
    let told = match (small, withheld) {
        (0, 0) => format!("Tabel {number}: ingen af de {figures} tal er skjult"),
        (small, 0) => {
            format!("Tabel {number}: {small} af {figures} tal er skjult, fordi de er små")
        }
        (small, withheld) => format!(
            "Tabel {number}: {} af {figures} tal er skjult: {small}, fordi de er små, og {withheld} for at beskytte dem",
            small + withheld
        ),
    };
    match intervals {
        0 => format!("{told}."),
        n => format!("{told}; {n} er vist som et interval."),
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
