//! Accounts take turns in a queue, whatever each has queued (SQLite).

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use platform::clock::StandingClock;
use platform::message::{Cause, Message};
use platform::queue::{Outgoing, Queue as _};
use platform::sqlite::Sqlite;
use registration::{AccountId, RegistrationId, Round, Step, TraceId};

const HIDDEN: Duration = Duration::from_secs(60);

struct Line {
    queue: Sqlite,
    clock: Arc<StandingClock>,
    sent: std::cell::Cell<u128>,
}

impl Line {
    fn new() -> anyhow::Result<Self> {
        let clock = Arc::new(StandingClock::at(Timestamp::from_second(1_800_000_000)?));
        Ok(Self {
            queue: Sqlite::in_memory(clock.clone())?,
            clock,
            sent: std::cell::Cell::new(0),
        })
    }

    async fn send(&self, account: &str, cause: Cause, delay: Duration) -> anyhow::Result<()> {
        let id = self.sent.replace(self.sent.get() + 1);
        let message = Message {
            registration: RegistrationId::new(1_800_000_000_000, id),
            account: AccountId::parse(account)?,
            step: Step::Brand,
            round: Round::FIRST,
            cause,
            seen: None,
            trace: TraceId::new(id),
        };
        Ok(self.queue.send(&[Outgoing { message, delay }]).await?)
    }

    async fn send_many(&self, account: &str, count: usize) -> anyhow::Result<()> {
        for _ in 0..count {
            self.send(account, Cause::Next, Duration::ZERO).await?;
        }
        Ok(())
    }

    /// The next messages, as they are received one by one.
    async fn received(&self, count: usize) -> anyhow::Result<Vec<Message>> {
        let mut messages = Vec::new();
        for _ in 0..count {
            let function = Step::Brand.function();
            let received = self.queue.receive(function, 1, HIDDEN, Duration::ZERO);
            for delivery in received.await? {
                messages.push(delivery.message.map_err(anyhow::Error::msg)?);
                self.queue.acknowledge(&delivery.receipt).await?;
            }
        }
        Ok(messages)
    }

    /// Whose they are, and which of them are looks.
    async fn next(&self, count: usize) -> anyhow::Result<Vec<String>> {
        let messages = self.received(count).await?.into_iter();
        let told = messages.map(|message| match message.cause {
            Cause::Look => format!("{} looks", message.account),
            _ => message.account.to_string(),
        });
        Ok(told.collect())
    }
}

#[tokio::test]
async fn an_account_comes_next_whatever_another_has_queued() -> anyhow::Result<()> {
    let line = Line::new()?;
    line.send_many("large", 1_000).await?;
    assert_eq!(line.next(100).await?, vec!["large"; 100]);
    line.send_many("small", 1).await?;
    line.send_many("tiny", 1).await?;
    let next = line.next(4).await?;
    let place = |account: &str| next.iter().position(|one| one == account);
    assert!(place("small").is_some_and(|place| place < 3), "{next:?}");
    assert!(place("tiny").is_some_and(|place| place < 4), "{next:?}");
    Ok(())
}

#[tokio::test]
async fn accounts_with_much_to_do_are_served_alike_and_none_has_credit_from_before()
-> anyhow::Result<()> {
    let line = Line::new()?;
    line.send_many("first", 300).await?;
    line.next(200).await?;
    line.send_many("second", 300).await?;
    let next = line.next(100).await?;
    let seconds = next.iter().filter(|one| *one == "second").count();
    assert!((49..=51).contains(&seconds), "{seconds} of 100");
    Ok(())
}

#[tokio::test]
async fn a_look_is_not_behind_a_thousand_submissions_nor_they_behind_looks() -> anyhow::Result<()> {
    let line = Line::new()?;
    line.send_many("large", 1_000).await?;
    line.next(10).await?;
    for _ in 0..1_000 {
        line.send("large", Cause::Look, Duration::ZERO).await?;
    }
    let next = line.next(100).await?;
    let looks = next.iter().filter(|one| *one == "large looks").count();
    assert!((49..=51).contains(&looks), "{looks} of 100");
    Ok(())
}

#[tokio::test]
async fn what_waited_for_its_time_comes_as_soon_as_that_is_there() -> anyhow::Result<()> {
    let line = Line::new()?;
    line.send("small", Cause::Retry, HIDDEN).await?;
    line.send_many("large", 100).await?;
    assert_eq!(line.next(50).await?, vec!["large"; 50]);
    line.clock.advance(HIDDEN);
    assert_eq!(line.next(1).await?, ["small"]);
    Ok(())
}

#[tokio::test]
async fn an_account_alone_is_served_in_the_order_in_which_it_came() -> anyhow::Result<()> {
    let line = Line::new()?;
    let mut sent = Vec::new();
    for _ in 0..20 {
        sent.push(line.sent.get());
        line.send("only", Cause::Next, Duration::ZERO).await?;
        line.clock.advance(Duration::from_millis(1));
    }
    let received = line.received(20).await?.into_iter();
    let traces: Vec<_> = received.map(|message| message.trace).collect();
    let sent: Vec<_> = sent.into_iter().map(TraceId::new).collect();
    assert_eq!(traces, sent);
    Ok(())
}
