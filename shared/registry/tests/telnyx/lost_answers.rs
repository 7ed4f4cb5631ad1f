//! No lost answer makes anything be paid twice, against the simulator:
//! corrections, appeals, vettings, PINs and withdrawals.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use registration::order::{Brand, Order};
use registration::{Failure, RegistryId};
use registry::pace::{NoSlot, Slot};
use registry::telnyx::Telnyx;
use registry::{Kind, Pace, Reading, Registry as _, RegistryError, Subject, Submission, Traffic};
use registry_simulator::{Answer, Calls, Fault, Settings, Simulator};
use serde_json::Value;

use crate::against_the_simulator::{
    brand, client, client_at_pace, order, simulator, submit, verdict,
};
use crate::orders::{self, amended, appealed, number_of, withdrawn};

/// Every way in which an answer gets lost.
pub(crate) const LOST: [Fault; 4] = [
    lost(Answer::Close, false),
    lost(Answer::Close, true),
    lost(Answer::Nonsense, true),
    lost(Answer::Error, true),
];

const fn lost(answer: Answer, carried_out: bool) -> Fault {
    Fault {
        answer,
        carried_out,
        calls: Calls::Writes,
    }
}

pub(crate) async fn both(settings: Settings) -> (Arc<Simulator>, Telnyx) {
    let simulator = Arc::new(simulator(settings).await);
    let telnyx = client(&simulator, "KEY-simulator", Duration::from_secs(60));
    (simulator, telnyx)
}

/// What a caller does when the answer is lost: looks, and sends again only what
/// is not there.
pub(crate) async fn carry(telnyx: &Telnyx, submission: &Submission) -> Reading {
    for _ in 0..3 {
        match submit(telnyx, submission).await {
            Ok(reading) => return reading,
            Err(error) => assert_eq!(error.failure(), Some(Failure::InDoubt), "{error}"),
        }
        if let Some(found) = telnyx.find(submission).await.unwrap() {
            return found;
        }
    }
    panic!("sent again and again");
}

pub(crate) fn total(count: impl IntoIterator<Item = (String, u64)>) -> u64 {
    count.into_iter().map(|(_, count)| count).sum()
}

/// Breaks the next write whenever somebody waits for a slot to write: that is
/// every call but the first of a submission.
struct Saboteur {
    simulator: Arc<Simulator>,
    fault: Fault,
    armed: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl Pace for Saboteur {
    async fn slot(&self, traffic: Traffic) -> Result<Slot, NoSlot> {
        let armed = &self.armed;
        if traffic == Traffic::Write && armed.swap(false, std::sync::atomic::Ordering::SeqCst) {
            self.simulator.fail_next(1, self.fault);
        }
        Ok(Slot::now())
    }

    async fn hold(&self, _traffic: Traffic, _wait: Duration) {}
}

/// A brand whose scoring fails, and a correction that does not start a new one.
pub(crate) fn unscored(city: &str) -> Submission {
    brand(|brand| {
        brand["ein"] = "00-1239005".into();
        brand["city"] = city.into();
    })
}

#[tokio::test]
async fn a_lost_answer_to_a_correction_pays_no_second_scoring() {
    for fault in LOST {
        let (simulator, telnyx) = both(Settings::default()).await;
        let first = submit(&telnyx, &unscored("Seattle")).await.unwrap();
        simulator.fail_next(1, fault);
        carry(&telnyx, &amended(&first.id, unscored("Tacoma"))).await;
        assert_eq!(total(simulator.submissions().revets), 1, "{fault:?}");
        assert_eq!(total(simulator.submissions().brands), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_the_scoring_after_a_correction_pays_no_second_one() {
    for fault in LOST {
        let simulator = Arc::new(simulator(Settings::default()).await);
        let saboteur = Saboteur {
            simulator: Arc::clone(&simulator),
            fault,
            armed: true.into(),
        };
        let telnyx = client_at_pace(&simulator, Arc::new(saboteur));
        let first = submit(&telnyx, &unscored("Seattle")).await.unwrap();
        let last = carry(&telnyx, &amended(&first.id, unscored("Tacoma"))).await;
        assert_eq!(total(simulator.submissions().revets), 1, "{fault:?}");
        // It failed again: that is what stands, however it was found out.
        let stands = telnyx.status(Kind::Brand, &first.id).await.unwrap();
        assert_eq!(verdict(&stands), Some("rejected"));
        assert_eq!(last.id, first.id);
    }
}

pub(crate) async fn campaign(
    telnyx: &Telnyx,
    change: impl FnOnce(&mut Value),
) -> (RegistryId, Submission) {
    let brand = submit(telnyx, &orders::brand()).await.unwrap().id;
    let campaign = order(|all| change(&mut all["campaign"])).campaign;
    let subject = Subject::Campaign {
        brand: brand.clone(),
        campaign: Box::new(campaign.new_part().cloned().unwrap()),
    };
    let submission = Submission {
        subject,
        ..orders::campaign()
    };
    let submitted = submit(telnyx, &submission).await.unwrap();
    (submitted.id, submission)
}

pub(crate) fn rejected(campaign: &mut Value) {
    campaign["samples"][0] = "Acme: your order has left our warehouse. REJECT-MNO".into();
}

#[tokio::test]
async fn a_lost_answer_to_a_corrected_campaign_pays_no_second_review() {
    for mended in [true, false] {
        for fault in LOST {
            let (simulator, telnyx) = both(Settings::default()).await;
            let (id, was) = campaign(&telnyx, rejected).await;
            let Subject::Campaign { brand, .. } = &was.subject else {
                panic!("a campaign")
            };
            let corrected = order(|all| {
                if !mended {
                    rejected(&mut all["campaign"]);
                    all["campaign"]["samples"][1] = "Acme: it has arrived. STOP to end.".into();
                }
            });
            let subject = Subject::Campaign {
                brand: brand.clone(),
                campaign: Box::new(corrected.campaign.new_part().cloned().unwrap()),
            };
            let corrected = amended(&id, Submission { subject, ..was });
            simulator.fail_next(1, fault);
            let reading = carry(&telnyx, &corrected).await;
            let expected = if mended { "approved" } else { "rejected" };
            assert_eq!(verdict(&reading), Some(expected), "{fault:?}");
            assert_eq!(total(simulator.submissions().edits), 1, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_lost_answer_to_an_appeal_pays_no_second_one() {
    for fault in LOST {
        let (simulator, telnyx) = both(Settings::default()).await;
        let (id, was) = campaign(&telnyx, rejected).await;
        simulator.fail_next(1, fault);
        carry(&telnyx, &appealed(&id, "It is mended.", was)).await;
        assert_eq!(total(simulator.submissions().appeals), 1, "{fault:?}");
        let stands = telnyx.status(Kind::Campaign, &id).await.unwrap();
        assert_eq!(verdict(&stands), Some("approved"));
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_withdrawal_is_a_withdrawal() {
    for fault in LOST {
        let (simulator, telnyx) = both(Settings::default()).await;
        let (campaign, was) = campaign(&telnyx, |_| ()).await;
        let placed = number_of(campaign.as_str());
        let number = submit(&telnyx, &placed).await.unwrap().id;
        for (kind, submission, id) in [
            (Kind::Number, placed, number),
            (Kind::Campaign, was, campaign),
        ] {
            simulator.fail_next(1, fault);
            let reading = carry(&telnyx, &withdrawn(&id, submission)).await;
            assert_eq!(verdict(&reading), Some("approved"), "{fault:?}");
            let stands = telnyx.status(kind, &id).await.unwrap();
            assert_eq!(verdict(&stands), Some("expired"), "{fault:?}");
        }
    }
}

pub(crate) fn vetting_of(brand: &RegistryId, submission: Submission) -> Submission {
    let Subject::Vetting { vetting, .. } = submission.subject else {
        panic!("a vetting")
    };
    let subject = Subject::Vetting {
        brand: brand.clone(),
        vetting,
    };
    Submission {
        subject,
        ..submission
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_vetting_pays_no_second_one() {
    for fault in LOST {
        let (simulator, telnyx) = both(Settings::default()).await;
        let brand = submit(&telnyx, &orders::brand()).await.unwrap().id;
        for vetting in [orders::ordered_vetting(), orders::imported_vetting()] {
            let vetting = vetting_of(&brand, vetting);
            assert_eq!(telnyx.find(&vetting).await.unwrap(), None);
            simulator.fail_next(1, fault);
            let reading = carry(&telnyx, &vetting).await;
            assert_eq!(verdict(&reading), Some("approved"), "{fault:?}");
            let stands = telnyx.status(Kind::Vetting, &reading.id).await.unwrap();
            assert_eq!(stands, reading);
        }
        assert_eq!(total(simulator.submissions().vettings), 1, "{fault:?}");
    }
}

pub(crate) fn person() -> Submission {
    let rosa = include_str!("../../../../tests/orders/rosa-garden-design.json");
    let rosa: Brand = Order::read(&serde_json::from_str(rosa).unwrap())
        .unwrap()
        .brand
        .new_part()
        .cloned()
        .unwrap();
    Submission {
        subject: Subject::Brand(Box::new(rosa)),
        ..orders::brand()
    }
}

#[tokio::test]
async fn a_sole_proprietor_is_verified_by_the_pin_whatever_gets_lost() {
    for fault in LOST {
        let (simulator, telnyx) = both(Settings::default()).await;
        let brand = submit(&telnyx, &person()).await.unwrap();
        assert!(brand.awaits_pin());
        let id = brand.id.as_str();
        assert_eq!(telnyx.find(&orders::otp(id)).await.unwrap(), None);
        simulator.fail_next(1, fault);
        let sent = carry(&telnyx, &orders::otp(id)).await;
        assert_eq!(verdict(&sent), Some("approved"));
        let stands = telnyx.status(Kind::Otp, &sent.id).await.unwrap();
        assert_eq!(verdict(&stands), Some("approved"));

        let wrong = submit(&telnyx, &orders::pin(id, "abcdef"))
            .await
            .unwrap_err();
        assert_eq!(wrong.failure(), None);
        assert_eq!(wrong.reasons()[0].code, "90015");
        let right = orders::pin(id, &simulator.pin(id).unwrap());
        assert_eq!(telnyx.find(&right).await.unwrap(), None);
        simulator.fail_next(1, fault);
        let accepted = carry(&telnyx, &right).await;
        assert_eq!(verdict(&accepted), Some("approved"), "{fault:?}");
        let stands = telnyx.status(Kind::Brand, &brand.id).await.unwrap();
        assert_eq!(verdict(&stands), Some("approved"));
        assert!(!stands.awaits_pin());
    }
}

#[tokio::test]
async fn a_brand_can_be_taken_back_once_its_campaigns_are_long_over() {
    let settings = Settings {
        brand_kept_for: Duration::ZERO,
        ..Settings::default()
    };
    let (simulator, telnyx) = both(settings).await;
    let (campaign, was) = campaign(&telnyx, |_| ()).await;
    let brand = telnyx.find(&orders::brand()).await.unwrap().unwrap().id;
    let off = withdrawn(&brand, orders::brand());
    let error = submit(&telnyx, &off).await.unwrap_err();
    assert!(matches!(error, RegistryError::Terminal { .. }), "{error}");
    submit(&telnyx, &withdrawn(&campaign, was)).await.unwrap();
    for fault in LOST {
        simulator.fail_next(1, fault);
        let reading = carry(&telnyx, &off).await;
        assert_eq!(verdict(&reading), Some("approved"));
    }
}
