//! Settings as they were typed, read into a campaign; everything that is wrong comes at once.
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use samsvar_core::campaigns::{
    Audience, Bilingual, Campaign, LetterKind, LetterText, Letters, PassingRule, ReminderRules,
    Sender, SignOffRule, Window,
};
use samsvar_core::danish;

use super::{GROUPS, PlanFault, Setup, SetupState, Step, fault};
use crate::actions::{ActionError, forms};
use crate::app::App;

/// The campaign that the settings make, and what is wrong with them; a fault in the window leaves a stand-in.
pub(super) fn judged(
    app: &App,
    setup: &Setup,
) -> Result<(Option<Campaign>, Vec<PlanFault>), ActionError> {
    let mut reading = Reading {
        setup,
        now: app.now(),
        faults: Vec::new(),
    };
    reading.basics();
    let audiences = match &setup.state {
        SetupState::Running { campaign, .. } => campaign.audiences.clone(),
        SetupState::Draft { .. } => reading.audiences(app)?,
    };
    let window = reading.window();
    let reminders = reading.reminders();
    let (invitation, letters) = reading.letters();
    let text = |field: &str| setup.value(field).trim().to_owned();
    let created = match &setup.state {
        SetupState::Running { campaign, .. } => campaign.created,
        SetupState::Draft { .. } => reading.now,
    };
    let Some(window) = window else {
        return Ok((None, reading.faults));
    };
    let made = Campaign {
        id: setup.id.clone(),
        title: text("titel"),
        region: text("region"),
        sender: Sender {
            name: text("afsender"),
            address: text("afsender-mail"),
            phone: text("afsender-telefon"),
        },
        window,
        privacy_notice: text("hvem-ser"),
        audiences,
        invitation,
        letters,
        reminders,
        previous: setup.previous.clone(),
        sign_off: SignOffRule::parse(&text("godkendelse")),
        passing_on: PassingRule::parse(&text("videresending")),
        created,
    };
    Ok((Some(made), reading.faults))
}

/// Reads the fields one subject at a time, and collects what is wrong.
struct Reading<'s> {
    setup: &'s Setup,
    now: DateTime<Utc>,
    faults: Vec<PlanFault>,
}

impl Reading<'_> {
    fn fault(&mut self, field: &str, message: &str) {
        self.faults.push(fault(field, message));
    }

    fn text(&self, field: &str) -> String {
        self.setup.value(field).trim().to_owned()
    }

    fn basics(&mut self) {
        if self.text("titel").is_empty() {
            self.fault("titel", "Skriv indsamlingens titel.");
        }
        if self.text("afsender").is_empty() {
            self.fault("afsender", "Skriv afsenderens navn.");
        }
        if !samsvar_core::campaigns::looks_like_address(&self.text("afsender-mail")) {
            let message = "Skriv den mailadresse, som svarene på brevet skal sendes til.";
            self.fault("afsender-mail", message);
        }
        if self.text("hvem-ser").is_empty() {
            let message = "Skriv, hvem der ser svarene. Det står over det første spørgsmål.";
            self.fault("hvem-ser", message);
        }
    }

    fn audiences(&mut self, app: &App) -> Result<Vec<Audience>, ActionError> {
        let plain = |g: &str| {
            g.chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        };
        let mut audiences: Vec<Audience> = Vec::new();
        for n in 1..=GROUPS {
            let (at_group, at_form) = (format!("gruppe-{n}"), format!("skema-{n}"));
            let (group, id) = (self.text(&at_group), self.text(&at_form));
            if id.is_empty() {
                continue;
            }
            if group.is_empty() || !plain(&group) {
                let message = "Et gruppenavn har kun bogstaver, tal, - og _, fx kommune.";
                self.fault(&at_group, message);
                continue;
            }
            if audiences.iter().any(|a| a.group == group) {
                self.fault(&at_group, "To grupper kan ikke have samme navn.");
                continue;
            }
            match forms::newest(app, &id)? {
                Some((form, _)) => audiences.push(Audience { group, form }),
                None => self.fault(
                    &at_form,
                    "Spørgeskemaet findes ikke længere. Vælg et andet.",
                ),
            }
        }
        if audiences.is_empty()
            && self
                .faults
                .iter()
                .all(|f| Step::of(&f.field) != Step::Forms)
        {
            self.fault("skema-1", "Vælg et spørgeskema til mindst én gruppe.");
        }
        Ok(audiences)
    }

    fn window(&mut self) -> Option<Window> {
        let end_of_day = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
        let typed = self.text("aabner");
        let opens = match (typed.is_empty(), &self.setup.state) {
            (true, SetupState::Running { campaign, .. }) => Some(campaign.window.opens),
            (true, SetupState::Draft { .. }) => Some(self.now),
            // A page shows minutes; what was not touched keeps its seconds.
            (_, SetupState::Running { campaign, .. })
                if typed == danish::date_time(campaign.window.opens) =>
            {
                Some(campaign.window.opens)
            }
            _ => danish::parse_local(&typed, NaiveTime::MIN),
        };
        if opens.is_none() {
            let message = "Skriv en dato, fx 9.4.2026 eller 9. april 2026 kl. 8.00.";
            self.fault("aabner", message);
        }
        let deadline = danish::parse_local(&self.text("frist"), end_of_day);
        match (opens, deadline) {
            (_, None) => self.fault("frist", "Skriv svarfristen som en dato, fx 29.4.2026."),
            (Some(opens), Some(deadline)) if deadline <= opens => {
                self.fault("frist", "Svarfristen skal ligge efter åbningen.");
            }
            _ => {}
        }
        let late_days = self.whole("forsinket", 0, 60, "Skriv et antal dage fra 0 til 60.");
        Some(Window {
            opens: opens?,
            deadline: deadline?,
            late_days: u16::try_from(late_days).unwrap_or(0),
        })
    }

    fn reminders(&mut self) -> ReminderRules {
        let message = "Skriv hele dage med komma imellem, fx 7, 2.";
        let mut days: Vec<i32> = Vec::new();
        for (field, sign) in [("paamind-foer", -1), ("paamind-efter", 1)] {
            let typed = self.text(field);
            for part in typed
                .split([',', ';'])
                .map(str::trim)
                .filter(|p| !p.is_empty())
            {
                match part.parse::<i32>() {
                    Ok(day @ 0..=365) => days.push(sign * day),
                    _ => self.fault(field, message),
                }
            }
        }
        let from = self.whole("paamind-fra", 8, 23, "Skriv en hel time fra 0 til 23.");
        let until = self.whole("paamind-til", 16, 24, "Skriv en hel time fra 1 til 24.");
        if until <= from {
            self.fault("paamind-til", "Sluttimen skal ligge efter starttimen.");
        }
        ReminderRules {
            days,
            at_most: self.whole("paamind-hoejst", 3, 20, "Skriv et antal fra 0 til 20."),
            quiet: self.quiet(),
            hours: (from, until),
        }
    }

    fn quiet(&mut self) -> Vec<(NaiveDate, NaiveDate)> {
        let mut quiet = Vec::new();
        let typed = self.text("paamind-stille");
        for part in typed
            .split(['\n', ',', ';'])
            .map(str::trim)
            .filter(|p| !p.is_empty())
        {
            let (from, to) = part.split_once(" til ").unwrap_or((part, part));
            match (danish::parse_date(from), danish::parse_date(to)) {
                (Some(from), Some(to)) if from <= to => quiet.push((from, to)),
                _ => self.fault(
                    "paamind-stille",
                    "Skriv en dato eller en periode på hver linje, fx 13.7.2026 til 31.7.2026.",
                ),
            }
        }
        quiet
    }

    fn whole(&mut self, field: &str, otherwise: u32, most: u32, message: &str) -> u32 {
        let typed = self.text(field);
        if typed.is_empty() {
            return otherwise;
        }
        match typed.parse() {
            Ok(number) if number <= most => number,
            _ => {
                self.fault(field, message);
                otherwise
            }
        }
    }

    fn letters(&mut self) -> (LetterText, Letters) {
        let invitation = self.letter(("emne", "brev"), LetterKind::Invitation);
        let invitation_english = self.english(("emne-en", "brev-en"), LetterKind::Invitation);
        let mut both = |name: &str, kind| Bilingual {
            danish: self.letter((&format!("{name}-emne"), name), kind),
            english: self.english((&format!("{name}-emne-en"), &format!("{name}-en")), kind),
        };
        let letters = Letters {
            invitation_english,
            reminder: both("paamindelse", LetterKind::Reminder),
            receipt: both("kvittering", LetterKind::Receipt),
        };
        (invitation, letters)
    }

    fn letter(&mut self, (subject, body): (&str, &str), kind: LetterKind) -> LetterText {
        let letter = LetterText {
            subject: self.text(subject),
            body: self.text(body),
        };
        for problem in letter.subject_faults(kind) {
            self.fault(subject, &problem.danish());
        }
        for problem in letter.body_faults(kind) {
            self.fault(body, &problem.danish());
        }
        letter
    }

    /// `None` where nothing is typed in English.
    fn english(&mut self, names: (&str, &str), kind: LetterKind) -> Option<LetterText> {
        let blank = self.text(names.0).is_empty() && self.text(names.1).is_empty();
        (!blank).then(|| self.letter(names, kind))
    }
}
