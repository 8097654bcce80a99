//! The commands `audit`, `protect` and `verify`: files in, a verdict and an exit code out.
use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use samsvar_core::disclosure::{
    self, Audit, AuditOptions, Certificate, InputError, Policy, Protected, PublishedTable, Refusal,
    Rules, Status, TrueCell,
};
use serde_json::json;

/// Nothing is exact.
const SAFE: u8 = 0;
/// A file is missing or can't be read.
const BAD_INPUT: u8 = 1;
/// A number is given away, the table was refused, or the certificate proves nothing.
const DISCLOSED: u8 = 2;
/// The published numbers can't all be true.
const CONTRADICTION: u8 = 3;

/// Names of dimensions whose labels are respondents.
const RESPONDENT_DIMS: [&str; 4] = ["kommune", "respondent", "organisation", "municipality"];

#[derive(Debug, Args)]
pub struct AuditArgs {
    /// The table as published: one row per cell
    #[arg(value_name = "TABLE.csv")]
    table: PathBuf,
    /// What else is published: sums, linear facts, sentences, what the marks mean
    #[arg(value_name = "RULES.json")]
    rules: PathBuf,
    /// The true numbers, for --insider-all
    #[arg(long, value_name = "T.csv", requires = "insider_all")]
    truth: Option<PathBuf>,
    /// Try every label of this dimension as an insider, who knows its own numbers
    #[arg(long, value_name = "DIM", requires = "truth")]
    insider_all: Option<String>,
    /// File for the verdict on each hidden cell [default: standard output]
    #[arg(long, value_name = "CELLS.csv")]
    out: Option<PathBuf>,
    /// Write the whole verdict as JSON to standard output
    #[arg(long)]
    json: bool,
}

const PROTECT_HELP: &str = r#"Settings, as the entry "protect" in RULES.json (or a file for --policy); all are optional:
  threshold 3              counts of 1 to this are hidden
  protect_zero false       zero is hidden with them ("fewer than five")
  min_candidates           values that stay possible behind each small count [all of them]
  insider_dim              the dimension of the respondents
  keep_visible             cells that must be shown: [["Total", "2017"]]
  keep_visible_where       the same by labels: [{"kommune": ["Total"]}]
  keep_hidden              cells that are hidden in any case
  already_known            what earlier releases have given away, so that it need not be kept:
                           [{"cell": ["A", "2018"], "values": [1, 2]}]
  exempt                   not persons, shown as they are: [{"række": ["tilbud"]}]
  cost_percent             what hiding costs: [[{"aar": ["2019"]}, 400]]; the first that fits.
                           The ordinary cost of a value v is 100 (1 + ln v), for a total
                           1,000,000 more
  may_hide_totals true     a total is hidden where nothing inside the table suffices
  bands                    numbers over the threshold printed as the band that they lie in:
                           [{"where": {"aar": ["2019"]}, "lower": [0, 1, 4, 10]}]
                           0 · 1-3 · 4-9 · 10+; the small counts are always a band of their own
  print_intervals false    a hidden total is printed as the interval that any reader can
                           compute: 4-9
  merge                    rows printed as one:
                           [{"dim": "kommune", "labels": ["A", "B"], "into": "A og B"}]
  droppable                sentences that may be left out when they tell too much
  widen_sentences false    such a sentence is first tried with neighbouring classes merged
  sentence_worth 1000      what a sentence may cost in hidden cells

A sentence in "classes" counts groups by their sums; with "minus" it counts changes:
  {"name": "udvikling", "groups": {"A": [["A", "2019"]]}, "minus": {"A": [["A", "2017"]]},
   "bins": [{"lo": 1}, {"lo": 0, "hi": 0}, {"lo": null, "hi": -1}], "exhaustive": true}

A refusal (exit 2) names the cells at risk, the sum that tells, and ways out that were tried.
Words instead of numbers are marks like any other: explain them in "symbols", as in
"some": [4, 9], and let `audit` judge.

Exit: 0 written, 1 bad input, 2 refused."#;

#[derive(Debug, Args)]
#[command(after_long_help = PROTECT_HELP)]
pub struct ProtectArgs {
    /// The true inner cells: one row per cell; empty is not collected
    #[arg(value_name = "ANSWERS.csv")]
    answers: PathBuf,
    /// Sums to add, sentences to print, what the marks mean
    #[arg(value_name = "RULES.json")]
    rules: PathBuf,
    /// Counts of 1 to this are hidden [default: 3]
    #[arg(long)]
    threshold: Option<u64>,
    /// Settings as JSON instead of the entry "protect" in RULES.json
    #[arg(long, value_name = "POLICY.json")]
    policy: Option<PathBuf>,
    /// The dimension of the respondents, who know their own numbers; `none` for nobody
    /// [default: kommune or the like, otherwise the first]
    #[arg(long, value_name = "DIM")]
    insider_dim: Option<String>,
    /// Leave sentences out that would give numbers away, instead of hiding more or refusing
    #[arg(long, requires = "rules_out")]
    drop_sentences: bool,
    /// File for the protected table [default: standard output]
    #[arg(long, value_name = "TABLE.csv")]
    out: Option<PathBuf>,
    /// File for the rules that hold of the protected table
    #[arg(long, value_name = "RULES.json")]
    rules_out: Option<PathBuf>,
    /// File for the witnesses, which `verify` checks
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Write the summary as JSON: to standard output, or to standard error without --out
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The table as published
    #[arg(value_name = "TABLE.csv")]
    table: PathBuf,
    #[arg(value_name = "RULES.json")]
    rules: PathBuf,
    /// The witnesses that `protect` wrote
    #[arg(value_name = "CERTIFICATE")]
    certificate: PathBuf,
    /// Write the proof as JSON to standard output
    #[arg(long)]
    json: bool,
}

/// Says what each hidden cell of a published table gives away.
pub fn audit(args: AuditArgs) -> ExitCode {
    finish(run_audit(&args))
}

/// Hides what must be hidden, or refuses.
pub fn protect(args: ProtectArgs) -> ExitCode {
    finish(run_protect(&args))
}

/// Checks a certificate by additions alone.
pub fn verify(args: VerifyArgs) -> ExitCode {
    finish(run_verify(&args))
}

fn finish(outcome: Result<u8, String>) -> ExitCode {
    outcome.map_or_else(
        |fault| {
            tell(&fault);
            ExitCode::from(BAD_INPUT)
        },
        ExitCode::from,
    )
}

fn run_audit(args: &AuditArgs) -> Result<u8, String> {
    let rules = read_rules(&args.rules)?;
    let table = read_table(&args.table, &rules)?;
    let truth = match &args.truth {
        Some(path) => {
            let cells = disclosure::true_cells_from_csv(&read(path)?, &rules);
            Some(cells.map_err(|error| in_file(path, &error))?)
        }
        None => None,
    };
    let options = AuditOptions {
        truth,
        insider_dim: args.insider_all.clone(),
        steps_per_question: None,
    };
    let verdict = disclosure::check_audit_names(&table, &rules, &options)
        .and_then(|()| disclosure::audit(&table, &rules, &options))
        .map_err(|error| in_file(&args.rules, &error))?;
    match &args.out {
        Some(path) => write(Some(path), &verdict.to_csv())?,
        None if !args.json => write(None, &verdict.to_csv())?,
        None => {}
    }
    if args.json {
        write(None, &with_newline(serde_json::to_vec_pretty(&verdict)))?;
    }
    Ok(tell_verdict(&verdict))
}

fn tell_verdict(verdict: &Audit) -> u8 {
    if let Some(contradiction) = &verdict.contradiction {
        tell(contradiction);
        return CONTRADICTION;
    }
    let count = |status: Status| {
        let cells = verdict.cells.iter();
        cells.filter(|cell| cell.status == status).count()
    };
    let (exact, undecided) = (count(Status::Exact), count(Status::Undecided));
    let to_insiders = verdict
        .cells
        .iter()
        .filter(|cell| !cell.exact_to.is_empty());
    let to_insiders = to_insiders.count();
    tell(&format!(
        "{} skjulte celler: {exact} kan regnes ud, {} er indsnævret, {} har alle muligheder",
        verdict.cells.len(),
        count(Status::Narrowed),
        count(Status::Full),
    ));
    if undecided > 0 || verdict.is_undecided {
        tell(&format!(
            "{undecided} celler kunne ikke afgøres og regnes for afsløret"
        ));
    }
    if to_insiders > 0 {
        tell(&format!(
            "{to_insiders} celler kan regnes ud af en svarende, der kender sine egne tal"
        ));
    }
    if verdict.is_safe() { SAFE } else { DISCLOSED }
}

fn run_protect(args: &ProtectArgs) -> Result<u8, String> {
    let rules = read_rules(&args.rules)?;
    let cells = disclosure::true_cells_from_csv(&read(&args.answers)?, &rules)
        .map_err(|error| in_file(&args.answers, &error))?;
    let policy = policy(args, &rules)?;
    let start = Instant::now();
    let protected = match disclosure::protect_with_options(&cells, &rules, &policy) {
        Ok(protected) => protected,
        Err(refusal) => return Ok(tell_refusal(&refusal, &cells, &rules, &policy)),
    };
    let seconds = start.elapsed().as_secs_f64();
    write(args.out.as_deref(), &protected.to_csv())?;
    if let Some(path) = &args.rules_out {
        write(
            Some(path),
            &with_newline(serde_json::to_vec_pretty(protected.rules())),
        )?;
    }
    tell_summary(args, &protected, seconds)?;
    match &args.certificate {
        Some(path) => write_certificate(path, &protected),
        None => Ok(SAFE),
    }
}

fn write_certificate(path: &Path, protected: &Protected) -> Result<u8, String> {
    let Some(certificate) = protected.certificate() else {
        tell(&"certifikatet kunne ikke gøres færdigt inden for det tilladte arbejde");
        return Ok(DISCLOSED);
    };
    write(Some(path), &with_newline(serde_json::to_vec(&certificate)))?;
    Ok(SAFE)
}

/// A refusal with cells at risk is the guarantee at work; without, the input is at fault.
fn tell_refusal(refusal: &Refusal, cells: &[TrueCell], rules: &Rules, policy: &Policy) -> u8 {
    tell(refusal);
    if refusal.at_risk.is_empty() {
        return BAD_INPUT;
    }
    for way in disclosure::ways_out(cells, rules, policy, refusal) {
        tell(&format!(
            "afprøvet: {} – så skjules {} celler ud over de små, pris {}",
            way.what, way.summary.complementary, way.summary.cost
        ));
    }
    DISCLOSED
}

fn tell_summary(args: &ProtectArgs, protected: &Protected, seconds: f64) -> Result<(), String> {
    let summary = protected.summary();
    if args.json {
        let all = json!({
            "summary": summary,
            "dropped": protected.dropped(),
            "gap_percent": gap_percent(summary),
            "seconds": seconds,
        });
        return tell_json(args, &all);
    }
    tell(&format!(
        "skjult: {} små celler, {} for at beskytte dem (heraf {} totaler), skjult værdi {}; {seconds:.3} s",
        summary.primary, summary.complementary, summary.totals_hidden, summary.value_hidden
    ));
    tell(&if summary.proven_optimal {
        "bevist: intet billigere valg er sikkert".to_owned()
    } else {
        format!(
            "pris {}, bevist mindst mulige pris {}: højst {} % for dyrt",
            summary.cost,
            summary.lower_bound,
            gap_percent(summary)
        )
    });
    for fact in protected.dropped() {
        tell(&format!(
            "sætningen »{}« må ikke trykkes: {}",
            fact.name, fact.reason
        ));
    }
    Ok(())
}

/// How far the choice can be from the best one, rounded up.
fn gap_percent(summary: &disclosure::Summary) -> u64 {
    let over = summary.cost.saturating_sub(summary.lower_bound);
    over.saturating_mul(100)
        .div_ceil(summary.lower_bound.max(1))
}

/// Beside a table in a file, standard output is free.
fn tell_json(args: &ProtectArgs, summary: &serde_json::Value) -> Result<(), String> {
    if args.out.is_some() {
        return write(None, &with_newline(serde_json::to_vec_pretty(summary)));
    }
    tell(summary);
    Ok(())
}

fn policy(args: &ProtectArgs, rules: &Rules) -> Result<Policy, String> {
    let mut policy = match &args.policy {
        Some(path) => serde_json::from_slice(&read(path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?,
        None => rules.protect.clone().unwrap_or_default(),
    };
    if let Some(threshold) = args.threshold {
        policy.threshold = threshold;
    }
    if !args.drop_sentences && !policy.widen_sentences && policy.droppable.is_none() {
        policy.droppable = Some(Vec::new());
    }
    policy.insider_dim = match args.insider_dim.as_deref() {
        Some("none") => None,
        Some(dim) => Some(dim.to_owned()),
        None => policy.insider_dim.or_else(|| respondents(rules)),
    };
    Ok(policy)
}

fn respondents(rules: &Rules) -> Option<String> {
    let is_respondents = |dim: &&String| RESPONDENT_DIMS.contains(&dim.as_str());
    let named = rules.dims.iter().find(is_respondents);
    named.or_else(|| rules.dims.first()).cloned()
}

fn run_verify(args: &VerifyArgs) -> Result<u8, String> {
    let certificate = Certificate::from_json(&read(&args.certificate)?)
        .map_err(|error| in_file(&args.certificate, &error))?;
    let rules = certificate.with_marks(&read_rules(&args.rules)?);
    let table = read_table(&args.table, &rules)?;
    match disclosure::verify(&table, &rules, &certificate) {
        Ok(proof) => {
            if args.json {
                write(None, &with_newline(serde_json::to_vec_pretty(&proof)))?;
            }
            tell(&format!(
                "bevist: {} skjulte celler, {} tabeller lagt sammen, grænse {}",
                proof.hidden_cells, proof.tables, proof.threshold
            ));
            if proof.given_away > 0 {
                tell(&format!(
                    "{} af dem var afsløret eller indsnævret af tidligere udgaver; de er ikke indsnævret mere",
                    proof.given_away
                ));
            }
            Ok(SAFE)
        }
        Err(unproven) => {
            tell(&format!("ikke bevist: {unproven}"));
            Ok(DISCLOSED)
        }
    }
}

fn read_rules(path: &Path) -> Result<Rules, String> {
    Rules::from_json(&read(path)?).map_err(|error| in_file(path, &error))
}

fn read_table(path: &Path, rules: &Rules) -> Result<PublishedTable, String> {
    PublishedTable::from_csv(&read(path)?, rules).map_err(|error| in_file(path, &error))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: Option<&Path>, bytes: &[u8]) -> Result<(), String> {
    match path {
        Some(path) => {
            std::fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
        }
        None => std::io::stdout()
            .write_all(bytes)
            .map_err(|error| format!("standardoutput: {error}")),
    }
}

fn with_newline(json: Result<Vec<u8>, serde_json::Error>) -> Vec<u8> {
    let mut bytes = json.unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn in_file(path: &Path, error: &InputError) -> String {
    format!("{}: {error}", path.display())
}

/// One line for people on standard error; a closed pipe is no reason to fail.
fn tell(message: &impl Display) {
    let _told = writeln!(std::io::stderr(), "{message}");
}
