//! Everything that an order and a number can wait for, in one table: what each surface
//! says of it (`GET`, the list, `show`, `find`, the callback), and who must act. All of
//! them say the same.
//!
//! * `story`: the facts that lead there;
//! * `surfaces`: what is said where;
//! * here: the table.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod story;
mod surfaces;

use registration::{Failure, MustAct, Status, Step, Verdict};
use serde_json::Value;

use story::{
    approved, cancelled, fails, held, intended, otp_sent, parked, reached, rejected, stood_on,
    submitted, suspended,
};
use surfaces::{Said, Surfaces};

/// What is said of a registration that waits so.
#[derive(Debug, Clone, Copy)]
struct Row {
    status: Status,
    must_act: MustAct,
    /// `waits_for.what`; empty: it waits for nothing.
    what: &'static str,
    /// Words that `show` and `GET` have in common.
    words: &'static str,
    /// Whether a time is named until which it waits.
    until: bool,
}

const fn row(status: Status, must_act: MustAct, what: &'static str, words: &'static str) -> Row {
    Row {
        status,
        must_act,
        what,
        words,
        until: false,
    }
}

const fn until(row: Row) -> Row {
    Row { until: true, ..row }
}

use MustAct::{Account, Nobody, Operator, Registry};
use Status::{
    AwaitingConfirmation, AwaitingPin, Cancelled, Cancelling, Expired, InProgress, InReview,
    Parked, PartlyRegistered, Registered, Rejected, Suspended,
};

#[tokio::test(flavor = "multi_thread")]
async fn every_wait_of_an_order_is_told_alike_everywhere() {
    let surfaces = Surfaces::new().await;
    let brand = || approved(Step::Brand);
    let campaign = || [brand(), approved(Step::Campaign)].concat();
    let begun = || {
        [
            campaign(),
            vec![intended(Step::Numbers)],
            vec![submitted(Step::Numbers)],
        ]
        .concat()
    };
    let all = || [begun(), vec![reached(Step::Numbers, Verdict::Approved)]].concat();
    let some = |approved, refused| {
        let verdict = Verdict::PartlyApproved { approved, refused };
        [begun(), vec![reached(Step::Numbers, verdict)]].concat()
    };
    let ending = || [all(), vec![cancelled()]].concat();
    let ended = || {
        [
            ending(),
            vec![intended(Step::EndNumbers)],
            approved(Step::EndNumbers),
        ]
        .concat()
    };
    let off = || [ended(), approved(Step::EndCampaign)].concat();
    #[rustfmt::skip]
    let table = [
        (vec![], row(InProgress, Nobody, "submission", "waits for its turn: submitting the brand")),
        (vec![intended(Step::Brand)],
         until(row(InProgress, Nobody, "outcome", "under way, or lost and looked up"))),
        (vec![fails(Step::Brand, Failure::Refused)],
         until(row(InProgress, Nobody, "retry", "the last call failed and is repeated"))),
        (vec![submitted(Step::Brand)],
         row(InReview, Registry, "verdict", "the registry has the brand under review")),
        (vec![submitted(Step::Brand), rejected(Step::Brand)],
         row(Rejected, Account, "correction", "the brand was refused: see the reasons")),
        (vec![parked(Step::Brand, "look there")], row(Parked, Operator, "person", "look there")),
        (vec![submitted(Step::Brand), reached(Step::Brand, Verdict::Expired)],
         row(Expired, Account, "person", "the registry says of the brand: expired")),
        ([vec![submitted(Step::Brand)], otp_sent(Verdict::Approved)].concat(),
         until(row(AwaitingPin, Account, "pin", "the PIN that came by SMS is awaited"))),
        ([vec![submitted(Step::Brand)], otp_sent(Verdict::Expired)].concat(),
         row(AwaitingPin, Account, "pin", "ask for another SMS")),
        (vec![submitted(Step::Brand)],
         until(row(AwaitingConfirmation, Account, "confirmation",
                   "somebody at public.example.com is to follow the link"))),
        (vec![submitted(Step::Brand), reached(Step::Confirmation, Verdict::Expired)],
         until(row(AwaitingConfirmation, Account, "confirmation",
                   "the link in the e-mail to public.example.com has expired"))),
        ([campaign(), vec![suspended(Step::Campaign)]].concat(),
         row(Suspended, Registry, "verdict", "the campaign is suspended")),
        (campaign(), row(InProgress, Nobody, "submission", "starting a registration for each number")),
        (begun(), row(InProgress, Nobody, "numbers", "being assigned, 3 of 3 have not ended")),
        ([begun(), vec![rejected(Step::Numbers)]].concat(),
         row(Rejected, Account, "correction", "all its numbers were refused")),
        (all(), row(Registered, Nobody, "", "at its end")),
        (some(2, 1), row(PartlyRegistered, Nobody, "", "at its end")),
        (ending(), row(Cancelling, Nobody, "submission", "starting the withdrawal of each number")),
        ([ending(), vec![intended(Step::EndNumbers), submitted(Step::EndNumbers)]].concat(),
         row(Cancelling, Nobody, "numbers", "being withdrawn, 3 of 3 are left")),
        ([ended(), vec![submitted(Step::EndCampaign)]].concat(),
         row(Cancelling, Nobody, "verdict", "")),
        ([ended(), vec![rejected(Step::EndCampaign)]].concat(),
         row(Rejected, Operator, "correction", "the registry refuses: deactivating the campaign")),
        ([ended(), vec![parked(Step::EndCampaign, "look there")]].concat(),
         row(Parked, Operator, "person", "look there")),
        ([off(), vec![held(Step::EndBrand)]].concat(),
         until(row(Cancelling, Nobody, "rule", "over for 3 months: nothing is wrong"))),
        ([ended(), vec![stood_on(Step::EndCampaign)]].concat(),
         until(row(Cancelling, Nobody, "others", "as other orders stand on it"))),
        ([off(), approved(Step::EndBrand)].concat(), row(Cancelled, Nobody, "", "at its end")),
    ];
    for (at, (facts, row)) in table.into_iter().enumerate() {
        let id = surfaces.ordered(at, row.status).await;
        surfaces.happens(&id, facts).await;
        agrees(&surfaces.say(&id).await, &row, true);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_address_that_is_to_confirm_only_the_domain_is_told_and_what_to_do_everywhere() {
    let surfaces = Surfaces::new().await;
    let id = surfaces.ordered(1, AwaitingConfirmation).await;
    surfaces.happens(&id, vec![submitted(Step::Brand)]).await;
    let said = surfaces.say(&id).await;
    let (waits, called) = (&said.shown["waits_for"], said.called.as_ref().unwrap());
    let told = &called["confirmation"];
    for (there, name) in [
        ("domain", "domain"),
        ("link_until", "link_until"),
        ("until", "until"),
        ("advice", "advice"),
    ] {
        assert_eq!(waits[there], told[name], "{waits} {told}");
    }
    assert_eq!(waits["domain"], "public.example.com");
    assert_eq!(called["status"], "awaiting_confirmation");
    assert_eq!(called["step"], "confirmation");
    let links = &said.shown["links"];
    assert_eq!(
        links["confirmation"],
        format!("/v1/registrations/{id}/confirmation")
    );
    let advice = waits["advice"].as_str().unwrap();
    assert!(said.printed.contains(advice), "{}", said.printed);
    assert!(
        said.printed.contains("its link is good until"),
        "{}",
        said.printed
    );
    for words in [said.printed, said.shown.to_string(), called.to_string()] {
        assert!(!words.contains("legal"), "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wait_of_a_number_is_told_alike_and_its_order_says_where_an_operator_must_act() {
    let surfaces = Surfaces::new().await;
    let is_there = || {
        vec![
            submitted(Step::Number),
            reached(Step::Number, Verdict::Approved),
        ]
    };
    let elsewhere = || vec![intended(Step::Number), story::elsewhere()];
    let ending = || [is_there(), vec![cancelled()]].concat();
    #[rustfmt::skip]
    let table = [
        (vec![], row(InProgress, Nobody, "submission", "assigning the number to its campaign")),
        (vec![intended(Step::Number)],
         until(row(InProgress, Nobody, "outcome", "under way, or lost and looked up"))),
        (vec![fails(Step::Number, Failure::Refused)],
         until(row(InProgress, Nobody, "retry", "the last call failed and is repeated"))),
        (vec![submitted(Step::Number)],
         row(InReview, Registry, "verdict", "the registry has the number under review")),
        (vec![rejected(Step::Number)], row(Rejected, Account, "correction", "the number was refused")),
        (vec![parked(Step::Number, "look there")], row(Parked, Operator, "person", "look there")),
        (is_there(), row(Registered, Nobody, "", "at its end")),
        ([is_there(), vec![reached(Step::Number, Verdict::Expired)]].concat(),
         row(Expired, Account, "person", "the registry says of the number: expired")),
        (elsewhere(), row(InProgress, Nobody, "submission", "taking the number off its other campaign")),
        ([elsewhere(), vec![rejected(Step::Detach)]].concat(),
         row(Rejected, Operator, "correction", "the registry refuses: taking the number off")),
        ([vec![fails(Step::Number, Failure::NotYet), story::elsewhere()], approved(Step::Detach)].concat(),
         until(row(InProgress, Nobody, "rule", "T-Mobile holds a number for 24 hours"))),
        (ending(), row(Cancelling, Nobody, "submission", "taking the number off its campaign")),
        ([ending(), vec![rejected(Step::EndNumber)]].concat(),
         row(Rejected, Operator, "correction", "the registry refuses: taking the number off")),
        ([ending(), vec![parked(Step::EndNumber, "look there")]].concat(),
         row(Parked, Operator, "person", "look there")),
        ([ending(), approved(Step::EndNumber)].concat(), row(Cancelled, Nobody, "", "at its end")),
    ];
    for (at, (facts, row)) in table.into_iter().enumerate() {
        let order = surfaces.ordered(at, row.status).await;
        surfaces.begin_numbers(&order).await;
        let number = order.number(2);
        surfaces.happens(&number, facts).await;
        agrees(&surfaces.say(&number).await, &row, false);
        let said = surfaces.say(&order).await;
        let needs_operator = row.must_act == Operator;
        let expected = match needs_operator {
            true => Row {
                status: Parked,
                must_act: Operator,
                ..story::WAITS_FOR_NUMBERS
            },
            false => story::WAITS_FOR_NUMBERS,
        };
        agrees(&said, &expected, true);
        assert_eq!(said.shown["numbers"]["parked"], u32::from(needs_operator));
        let groups = said.shown["parked_numbers"].as_array().unwrap();
        assert_eq!(groups.len(), usize::from(needs_operator), "{groups:?}");
        let told = said.called.as_ref().map(|told| told["reasons"].clone());
        let code = "/0/code";
        let code = told.as_ref().and_then(|reasons| reasons.pointer(code));
        let expected = needs_operator.then_some("numbers_parked");
        assert_eq!(code.and_then(Value::as_str), expected, "{told:?}");
    }
}

/// Every surface says what the table says.
#[track_caller]
fn agrees(said: &Said, row: &Row, is_order: bool) {
    let Said {
        shown,
        listed,
        printed,
        found,
        called,
    } = said;
    let (status, must_act) = (row.status.name(), row.must_act.name());
    assert_eq!(shown["status"], status, "{shown}");
    assert_eq!(shown["must_act"], must_act, "{shown}");
    let waits = &shown["waits_for"];
    assert_eq!(
        waits["what"].as_str().unwrap_or_default(),
        row.what,
        "{shown}"
    );
    assert_eq!(waits["until"].is_string(), row.until, "{shown}");
    if !row.what.is_empty() {
        let text = waits["text"].as_str().unwrap();
        assert!(text.contains(row.words), "{text}");
        assert!(printed.contains(text), "{printed}");
    }
    assert!(printed.contains(row.words), "{printed}");
    assert!(
        printed.contains(&format!("  {status}  of acme")),
        "{printed}"
    );
    let line = format!("must act: {must_act}");
    let line = printed.lines().find(|said| said.starts_with(&line));
    let line = line.unwrap_or_else(|| panic!("{must_act}: {printed}"));
    let names_a_time = row.until && row.must_act == Nobody;
    assert_eq!(line.contains("until"), names_a_time, "{line}");
    if matches!(row.what, "rule" | "others") {
        assert_eq!(shown["last_error"], Value::Null, "a plan is no error");
        assert!(!printed.contains("last error"), "{printed}");
    }
    if row.must_act != Registry {
        assert!(!printed.contains("under review"), "{printed}");
    }
    assert_eq!(listed.is_some(), is_order);
    if let Some(listed) = listed {
        assert_eq!(listed["status"], status, "{listed}");
        assert_eq!(listed["must_act"], must_act, "{listed}");
        for word in [status, must_act] {
            assert!(found.contains(word), "{word}: {found}");
        }
    }
    if let Some(told) = called {
        assert_eq!(told["status"], status, "{told}");
        assert_eq!(told["must_act"], must_act, "{told}");
    }
}
