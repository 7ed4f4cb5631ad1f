//! `registrar retry`, `amend`, `cancel`, `share`, `otp` and `confirmation`: what an operator
//! decides of one registration. A service on the same data file, or the functions on AWS, carry it
//! on.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::anyhow;
use platform::amend::AmendError;
use platform::cancel::How;
use platform::case::{Author, Case};
use platform::dependents::Dependent;
use platform::share::BrandName;
use platform::{Platform, amend, cancel, confirmation, otp, reclaim, retry, share};
use registration::amendment::Refusal;
use registration::preflight::Weight;
use registration::refusal;
use registration::{Actor, Pin, RegistrationId, RegistryId, Status, TraceId};

use crate::AccountName;
use crate::findings;
use crate::place::Place;
use crate::submit;
use registrar::service::random;

/// Which registration, and who decides.
#[derive(Debug, clap::Args)]
pub(crate) struct Decided {
    /// The registration
    id: String,
    /// Who decides so, for the audit trail
    #[arg(long, value_name = "NAME")]
    operator: String,
}

/// Let a parked or refused registration run again.
#[derive(Debug, clap::Args)]
pub(crate) struct Retry {
    #[command(flatten)]
    decided: Decided,
    /// Nothing was corrected, and the fee is paid again all the same
    #[arg(long)]
    unchanged: bool,
    /// A number may be taken off the order that it is in, whoever's that is
    #[arg(long)]
    move_numbers: bool,
}

/// Correct an order, or one number, by a JSON merge patch.
#[derive(Debug, clap::Args)]
pub(crate) struct Amend {
    /// The registration
    id: String,
    /// The fields that change, JSON (RFC 7386); of a number {"number": "+1…"}
    #[arg(value_name = "PATCH-FILE", required_unless_present = "template")]
    patch: Option<PathBuf>,
    /// Who decides so, for the audit trail
    #[arg(long, value_name = "NAME", required_unless_present = "template")]
    operator: Option<String>,
    /// Change nothing: print such a file to fill in, with what stands now in the fields that
    /// the reasons of the refusal mean
    #[arg(long, conflicts_with_all = ["patch", "operator", "replace"])]
    template: bool,
    /// Order a new campaign in the place of the one that the registry has, for its fee:
    /// its numbers move once it is approved
    #[arg(long)]
    replace: bool,
}

/// Withdraw an order from the registry, or one of its numbers.
#[derive(Debug, clap::Args)]
pub(crate) struct Cancel {
    #[command(flatten)]
    decided: Decided,
    /// The brand stays at the registry (of a number it stays in any case)
    #[arg(long)]
    keep_brand: bool,
    /// Every order that stands on its brand or campaign is cancelled too; without this
    /// they are named, and what they stand on stays
    #[arg(long)]
    with_dependents: bool,
    /// Nothing is cancelled: only say which orders stand on it
    #[arg(long)]
    dry_run: bool,
}

/// Let another account register under a brand.
#[derive(Debug, clap::Args)]
pub(crate) struct Share {
    /// The brand: the registration of its order, or the registry's id
    #[arg(value_name = "BRAND")]
    brand: String,
    /// The other account
    #[arg(long, value_name = "ACCOUNT")]
    with: AccountName,
    /// Who decides so, for the audit trail
    #[arg(long, value_name = "NAME")]
    operator: String,
}

/// Hand in the PIN of a sole proprietor, or ask for another SMS.
#[derive(Debug, clap::Args)]
pub(crate) struct Otp {
    #[command(flatten)]
    decided: Decided,
    /// The PIN that came by SMS; none: another SMS is sent
    #[arg(long, value_parser = Pin::parse)]
    pin: Option<Pin>,
}

/// Have a public company's confirmation e-mail sent again.
#[derive(Debug, clap::Args)]
pub(crate) struct Confirmation {
    #[command(flatten)]
    decided: Decided,
}

impl Decided {
    async fn at(&self, place: &Place) -> anyhow::Result<(Platform, RegistrationId, Author)> {
        let id = RegistrationId::parse(&self.id)?;
        let author = author(&self.operator);
        Ok((place.open().await?.platform()?, id, author))
    }
}

fn author(operator: &str) -> Author {
    Author {
        actor: Actor::operator(operator),
        trace: TraceId::new(random()),
    }
}

/// Lets a stopped registration run again.
pub(crate) async fn retry(retry: &Retry, place: &Place) -> anyhow::Result<()> {
    let (platform, id, author) = retry.decided.at(place).await?;
    let how = retry::How {
        unchanged: retry.unchanged,
        move_numbers: retry.move_numbers,
    };
    retry::retry(&platform, &id, &author, how).await?;
    println!("{id} will run again");
    Ok(())
}

/// Corrects an order.
pub(crate) async fn amend(amend: &Amend, place: &Place) -> anyhow::Result<()> {
    let (Some(patch), Some(operator)) = (&amend.patch, &amend.operator) else {
        return template(&amend.id, place).await;
    };
    let decided = Decided {
        id: amend.id.clone(),
        operator: operator.clone(),
    };
    let mut patch = submit::json(patch)?;
    if let Some(fields) = patch.as_object_mut().filter(|_| amend.replace) {
        fields.insert("replace".to_owned(), true.into());
    }
    let (platform, id, author) = decided.at(place).await?;
    let amended = amend::amend(&platform, &id, &author, &patch).await;
    let amended = amended.map_err(|error| refused(&id, error))?;
    say(&amended.case);
    findings::print(&amended.findings);
    Ok(())
}

/// Prints a correction to fill in.
async fn template(id: &str, place: &Place) -> anyhow::Result<()> {
    let id = RegistrationId::parse(id)?;
    let store = place.open().await?.store;
    let case = Case::load(&*store, &id).await?;
    let step = case.pending().map(|pending| pending.step);
    let template = step.and_then(|step| refusal::template(&case.facts, step));
    let template = template.ok_or_else(|| {
        anyhow!(
            "{id}: nothing that was refused names a field of the order; see registrar show {id}"
        )
    })?;
    println!("{template:#}");
    Ok(())
}

/// Everything that is wrong with a correction.
fn refused(id: &RegistrationId, error: AmendError) -> anyhow::Error {
    match error {
        AmendError::Invalid(problems) => anyhow!("{id} cannot be amended so:\n{problems}"),
        AmendError::Locked(refusals) => {
            let mut lines = String::new();
            for Refusal { pointer, why } in &refusals {
                let place = if pointer.is_empty() {
                    "the whole"
                } else {
                    pointer
                };
                let _ = write!(lines, "\n  {place}: {why}");
            }
            anyhow!("{id} cannot be amended so now:{lines}")
        }
        AmendError::Preflight(findings) => {
            let mut lines = String::new();
            for finding in findings
                .iter()
                .filter(|finding| finding.weight == Weight::Error)
            {
                let _ = write!(lines, "\n  {}", findings::line(finding));
            }
            anyhow!("reviewers would refuse {id} so:{lines}")
        }
        error => error.into(),
    }
}

/// Withdraws an order, or one of its numbers.
pub(crate) async fn cancel(cancel: &Cancel, place: &Place) -> anyhow::Result<()> {
    let (platform, id, author) = cancel.decided.at(place).await?;
    let how = How {
        keep_brand: cancel.keep_brand,
        with_dependents: cancel.with_dependents,
    };
    if cancel.dry_run {
        let dependents = cancel::dependents(&platform, &id, how).await?;
        if dependents.is_empty() {
            println!("no other order stands on {id}");
        }
        name(&dependents, "stands on");
        return Ok(());
    }
    let cancelled = cancel::cancel(&platform, &id, &author, how).await?;
    say(&cancelled.case);
    match how.with_dependents {
        true => name(&cancelled.dependents, "is cancelled too, it stood on"),
        false => name(&cancelled.dependents, "goes on, and keeps"),
    }
    Ok(())
}

/// The orders that have to do with a cancellation.
fn name(dependents: &[Dependent], verb: &str) {
    for Dependent {
        registration,
        account,
        on,
    } in dependents
    {
        println!("{registration} of {account} {verb} its {on}");
    }
}

/// Lets another account register under a brand.
pub(crate) async fn share(share: &Share, place: &Place) -> anyhow::Result<()> {
    let brand = match RegistrationId::parse(&share.brand) {
        Ok(registration) => BrandName::Registration(registration),
        Err(_) => BrandName::Registry(RegistryId::new(&share.brand)),
    };
    let platform = place.open().await?.platform()?;
    let author = author(&share.operator);
    let shared = share::share(&platform, &brand, &share.with.0, &author).await?;
    println!(
        "the brand of {} is shared with {}",
        shared.owner.id, share.with.0
    );
    for registration in shared.released {
        println!("{registration} goes on");
    }
    Ok(())
}

/// Claims what the orders of an earlier version have.
pub(crate) async fn reclaim(place: &Place) -> anyhow::Result<()> {
    let platform = place.open().await?.platform()?;
    let done = reclaim::reclaim(&platform).await?;
    println!(
        "{} orders looked at: {} things are theirs, {} were another order's before",
        done.orders, done.claimed, done.kept
    );
    Ok(())
}

/// Hands in a PIN, or asks for another SMS.
pub(crate) async fn otp(otp: &Otp, place: &Place) -> anyhow::Result<()> {
    let (platform, id, author) = otp.decided.at(place).await?;
    say(&otp::otp(&platform, &id, &author, otp.pin.as_ref()).await?);
    Ok(())
}

/// Has the confirmation e-mail sent again.
pub(crate) async fn confirmation(again: &Confirmation, place: &Place) -> anyhow::Result<()> {
    let (platform, id, author) = again.decided.at(place).await?;
    say(&confirmation::confirmation(&platform, &id, &author).await?);
    Ok(())
}

/// Where it stands now.
fn say(case: &Case) {
    let status = Status::of(&case.facts);
    match case.pending() {
        Some(pending) => println!(
            "{} is {status}, at {}, round {}",
            case.id, pending.step, pending.round
        ),
        None => println!("{} is {status}", case.id),
    }
}
