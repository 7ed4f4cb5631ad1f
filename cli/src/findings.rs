//! What reviewers would find, in lines and in JSON, and the rules by which it is found.

use registration::preflight::{Finding, Rule, Weight, every_rule, rules};
use serde_json::{Value, json};

use crate::batch::lint::counted as counted_as;
use crate::submit::preflight;

/// One finding in one line.
pub(crate) fn line(finding: &Finding) -> String {
    let place = match finding.characters {
        Some(characters) => format!(
            "{} (characters {} to {})",
            finding.pointer, characters.from, characters.to
        ),
        None => finding.pointer.clone(),
    };
    format!(
        "{:7} {place}: {} ({}; {})",
        finding.weight.name(),
        finding.message,
        finding.rule,
        finding.source
    )
}

/// A line for each.
pub(crate) fn print(findings: &[Finding]) {
    for finding in findings {
        println!("{}", line(finding));
    }
}

/// A line for each error and warning, beside the command's answer.
pub(crate) fn warn(findings: &[Finding]) {
    for finding in findings
        .iter()
        .filter(|finding| finding.weight != Weight::Note)
    {
        eprintln!("{}", line(finding));
    }
}

/// How many of each weight.
pub(crate) fn counted(findings: &[Finding]) -> String {
    let of = |weight, noun| {
        let found = findings.iter().filter(|finding| finding.weight == weight);
        counted_as(found.count(), noun)
    };
    format!(
        "{}, {}, {}",
        of(Weight::Error, "error"),
        of(Weight::Warning, "warning"),
        of(Weight::Note, "note")
    )
}

/// By weight, as the API says it.
pub(crate) fn in_json(findings: &[Finding]) -> Value {
    let of = |weight| -> Vec<&Finding> {
        findings
            .iter()
            .filter(|finding| finding.weight == weight)
            .collect()
    };
    json!({
        "errors": of(Weight::Error),
        "warnings": of(Weight::Warning),
        "notes": of(Weight::Note),
    })
}

/// Lists the rules.
pub(crate) fn list(as_json: bool) -> anyhow::Result<()> {
    let policy = preflight()?.policy;
    if as_json {
        let rules: Vec<_> = rules().collect();
        println!("{}", json!({ "rules": rules }));
        return Ok(());
    }
    for rule in rules() {
        let weight = policy.weight_of(rule).map_or("off", Weight::name);
        println!(
            "{weight:7} {} ({}): {}",
            rule.id, rule.category, rule.message
        );
    }
    Ok(())
}

/// Prints the rules as the page `docs/preflight.md`.
pub(crate) fn page() {
    println!("# What reviewers refuse\n");
    println!(
        "Made by `registrar lint --rules --markdown`; a test holds it to the rules.\n\n\
         Before any fee is paid an order is looked at by these {} rules. An **error** is refused \
         for sure, a **warning** is often refused, a **note** is to be known. \
         `REGISTRAR_PREFLIGHT_WEIGHTS` gives rules another weight or leaves them out \
         (`website-missing=off,links-same-page=error`); with `REGISTRAR_PREFLIGHT=refuse` an \
         order with an error is not taken. The review codes are Twilio's numbers; elsewhere the \
         same reasons come as words. Texts are compared as words: case, accents, punctuation and \
         line breaks do not count.\n\n\
         Each rule is one entry in `shared/registration/src/preflight`, with an example that it \
         finds and one that it leaves alone.",
        rules().count()
    );
    let mut category = None;
    let mut sorted: Vec<&Rule> = every_rule().collect();
    sorted.sort_by_key(|rule| rule.category.name());
    for rule in sorted {
        if category.replace(rule.category) != Some(rule.category) {
            println!("\n## {}\n", rule.category);
            println!(
                "| rule | weight | codes | looks at | says | source |\n|---|---|---|---|---|---|"
            );
        }
        let codes: Vec<String> = rule.codes.iter().map(ToString::to_string).collect();
        let places: Vec<String> = rule
            .looks_at
            .iter()
            .map(|place| format!("`{place}`"))
            .collect();
        println!(
            "| `{}` | {} | {} | {} | {} | {} |",
            rule.id,
            rule.weight.name(),
            codes.join(" "),
            places.join(" "),
            rule.message,
            rule.source
        );
    }
}
