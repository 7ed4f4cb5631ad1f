//! What every store and every queue must do: one suite, written against the
//! traits alone, that each implementation runs whole.
//!
//! It asks for no more than [`platform::store`] and [`platform::queue`] promise:
//! messages come at least once and in no order, and lists may be a moment
//! behind. An implementation's test provides a [`Ground`] and calls
//! [`contract!`](crate::contract!), which makes one test of every scenario.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use platform::{Clock, Queue, Store};

mod allowances;
mod appending;
mod beginning;
mod between;
mod callbacks;
mod claims;
mod confirmation;
mod counting;
mod dead;
mod dependents;
mod drive;
mod histories;
mod journeys;
mod life;
mod limits;
mod lists;
mod made;
mod numbers;
mod one_number;
mod queues;
mod receipts;
mod replaced;
mod stuck;
mod tokens;
mod vetting;

/// No scenario takes longer, not even where waiting is real.
const LONGEST: Duration = Duration::from_secs(240);

/// An implementation to be tried. Every scenario gets its own: its queues must
/// be empty and nobody else's; its store may hold other registrations, as no
/// two scenarios use the same ids, accounts, limits or names.
#[async_trait]
pub trait Ground: Send + Sync {
    /// The store.
    fn store(&self) -> Arc<dyn Store>;

    /// The queue.
    fn queue(&self) -> Arc<dyn Queue>;

    /// The same store and the same queues, as another process has them.
    async fn elsewhere(&self) -> anyhow::Result<(Arc<dyn Store>, Arc<dyn Queue>)>;

    /// The time that store and queue go by.
    fn clock(&self) -> Arc<dyn Clock>;

    /// Returns when so much time has passed by that clock.
    async fn pass(&self, time: Duration);

    /// How long a receive must wait until it has surely seen what is there.
    fn look(&self) -> Duration;
}

/// The table of all scenarios, and what is made of it. `contract!(ground)` makes
/// one test of each, where `ground` is an async function in the same module that
/// gives a fresh [`Ground`].
#[macro_export]
macro_rules! contract {
    ($ground:ident) => {
        $crate::contract! { @table tests $ground }
    };
    (@table $($what:tt)*) => {
        $crate::contract! { @$($what)*;
            beginning {
                a_history_that_was_begun_is_there_with_its_row
                a_registration_that_never_was_has_no_history_and_no_row
                beginning_a_registration_again_changes_nothing
                the_same_key_and_body_is_the_same_registration
                the_same_key_with_another_body_is_taken_and_begins_nothing
                what_a_key_was_used_for_can_be_asked_and_asking_uses_none
                a_key_is_forgotten_after_thirty_days
                the_same_key_of_another_account_is_another_key
                keys_are_told_apart_by_every_character
                a_key_that_came_with_a_registration_that_exists_is_not_kept
                of_many_beginnings_with_one_key_at_once_one_is_new_and_all_mean_it
                of_many_beginnings_of_one_registration_at_once_one_is_new
            }
            appending {
                events_are_added_one_after_the_other_and_the_row_follows
                a_seq_that_is_taken_is_refused_and_nothing_is_changed
                an_event_that_would_leave_a_gap_is_refused_and_nothing_is_changed
                of_32_writers_on_one_seq_exactly_one_wins_20_times_in_a_row
                an_event_that_leaves_the_row_leaves_it_behind_until_the_next
                a_row_that_is_behind_is_brought_up_and_never_taken_back
                many_registrations_written_at_once_keep_to_themselves
                what_one_process_has_written_another_reads_at_once
            }
            histories {
                a_history_of_more_than_a_megabyte_is_read_whole_and_in_order
                an_answer_of_60_kib_comes_back_as_it_was
                the_chain_holds_after_reading_back_and_shows_a_change
                every_kind_of_text_comes_back_as_it_was
                null_empty_and_deeply_nested_json_comes_back_as_it_was
                whole_numbers_of_64_bits_come_back_as_they_were
                fractions_come_back_to_the_last_digit
                facts_of_a_later_version_are_given_back_unread
                every_field_of_a_row_comes_back_as_it_was
            }
            lists {
                rows_of_an_account_are_listed_newest_first
                rows_are_listed_by_status_and_move_with_it
                pages_hold_every_row_once_whatever_their_size
                a_page_holds_no_more_than_the_most_there_is
                a_list_of_nothing_is_an_empty_page
                rows_that_are_due_come_longest_due_first_and_no_others
                a_row_is_postponed_only_while_its_history_stands_at_that_seq
                postponing_is_no_event_and_forgets_no_error
            }
            numbers {
                numbers_are_listed_in_the_orders_order_and_paged
                numbers_of_an_order_are_not_listed_among_registrations
            }
            counting {
                opening_sets_the_count_and_no_later_row_overwrites_it
                every_number_that_ends_takes_one_off_the_count_of_its_order
                a_number_whose_append_is_taken_takes_nothing_off
                the_count_never_falls_below_zero
                numbers_that_end_at_once_are_all_counted
                an_order_that_is_written_to_meanwhile_loses_no_count
                a_number_that_is_cancelled_is_counted_there_and_nowhere_else
            }
            limits {
                slots_taken_at_once_are_all_different_and_one_interval_apart
                a_slot_after_a_pause_is_now_and_the_pause_is_not_saved_up
                a_slot_too_far_away_is_named_and_not_taken
                limits_of_different_names_know_nothing_of_each_other
                a_hold_moves_the_next_slot_on
                a_hold_never_moves_the_next_slot_back
                a_paused_limit_gives_no_slot_anywhere_until_it_is_resumed
                a_rate_that_is_set_counts_from_the_next_slot_on_and_wins
                a_rate_of_one_a_second_set_while_many_take_slots_is_exact
                a_rate_that_is_set_while_the_registry_wants_to_wait_waits_as_long
                what_an_operator_has_said_of_a_limit_can_be_read_with_his_name
            }
            tokens {
                a_token_is_found_by_its_hash_and_by_nothing_else
                a_token_is_listed_whoever_it_belongs_to
                revoking_takes_every_token_of_a_name_and_no_other
            }
            callbacks {
                a_callback_comes_back_as_it_was_and_to_its_account_alone
                the_last_callback_kept_stands_in_every_process
                a_removed_callback_is_gone_and_the_others_stay
                a_callbacks_message_goes_to_a_queue_of_its_own_whatever_its_step
            }
            queues {
                what_is_sent_is_received_as_it_was
                sending_nothing_sends_nothing
                a_batch_of_more_than_ten_is_sent_whole
                a_message_of_the_longest_ids_comes_through
                every_function_has_a_queue_of_its_own
                a_receive_gives_no_more_than_it_was_asked_for
                many_receivers_at_once_get_different_messages
                many_senders_at_once_lose_nothing
                a_receiver_that_waits_gets_what_is_sent_meanwhile
                what_one_process_sends_another_receives
                a_delayed_message_is_not_received_before_its_time
                the_longest_delay_is_taken
                the_depth_tells_what_waits_what_is_in_flight_and_what_is_delayed
            }
            receipts {
                a_message_in_flight_is_hidden_from_everyone
                a_message_that_is_not_acknowledged_comes_again_and_its_receives_are_counted
                an_acknowledged_message_never_comes_again
                acknowledging_a_message_leaves_its_neighbours
                a_message_acknowledged_twice_takes_no_other_with_it
                an_old_receipt_acknowledges_nothing_that_is_in_anothers_hands
            }
            dead {
                a_message_received_too_often_becomes_a_dead_letter
                looking_at_dead_letters_takes_none_away
                a_dead_letter_holds_up_no_other_message
                a_dead_letter_that_is_taken_is_hidden_and_comes_again_until_it_is_acknowledged
                a_dead_letter_that_is_sent_again_is_a_message_like_any_other
            }
            journeys {
                an_order_is_registered
                an_order_in_review_is_registered_when_the_verdict_is_there
                an_order_that_is_refused_stops_with_its_reasons
                an_order_whose_registry_is_down_is_parked_and_goes_on_when_a_person_says_so
                a_submission_whose_answer_was_lost_is_found_and_not_made_again
                an_order_of_which_a_number_is_refused_is_partly_registered
                every_message_three_times_at_once_ends_like_every_message_once
                an_order_sent_twice_with_one_key_is_registered_once
            }
            vetting {
                a_vetting_comes_before_the_campaign_and_is_paid_once
                a_vetting_that_fails_keeps_the_campaign_back
                a_use_case_that_needs_a_vetting_has_one_ordered_before_its_campaign
                a_political_campaign_waits_for_the_vetting_that_was_made_elsewhere
                a_campaign_that_no_carrier_takes_is_told_so_before_a_review_is_paid
            }
            life {
                a_refused_brand_is_corrected_and_the_order_goes_on
                a_refused_campaign_is_corrected_at_the_registry
                past_the_paid_rounds_only_an_operator_releases_another
                a_sole_proprietor_is_registered_by_the_pin_of_an_sms
                a_campaign_is_added_to_a_brand_that_is_registered
                a_carrier_suspends_and_reinstates_and_the_status_follows
                a_number_that_is_taken_off_makes_its_order_partly_registered
                a_number_on_another_campaign_of_ours_is_taken_off_there_and_held
                a_cancelled_order_is_withdrawn_in_the_other_order
                an_order_cancelled_before_anything_was_sent_sends_nothing
                what_reviewers_would_refuse_is_told_with_the_order_and_with_its_correction
            }
            confirmation {
                a_public_company_is_registered_once_its_link_is_followed
                another_e_mail_is_sent_where_it_is_asked_for_and_costs_nothing
                a_corrected_address_is_sent_the_e_mail_and_the_brand_stays_as_it_is
                an_address_that_fails_is_refused_and_its_correction_is_sent_an_e_mail
                an_order_is_cancelled_while_its_link_is_awaited
                another_e_mail_is_sent_five_times_a_day_to_one_address_whatever_the_order
            }
            allowances {
                an_allowance_that_many_use_at_once_is_used_as_often_as_it_allows
                allowances_know_nothing_of_each_other
                another_sms_is_sent_five_times_a_day_to_one_phone_whatever_the_order
            }
            claims {
                a_thing_is_whoevers_claims_it_first
                a_claim_takes_a_thing_from_whom_it_names_and_from_nobody_else
                of_many_claims_of_one_thing_at_once_one_wins
                what_is_used_is_listed_with_all_who_use_it_and_nothing_else
                an_order_that_claims_what_another_has_is_not_begun_and_keeps_no_key
                more_claims_than_a_transaction_holds_are_made_with_the_order
                events_that_are_added_together_are_all_added_or_none
            }
            between {
                the_same_order_twice_is_refused_before_any_fee_and_takes_nothing
                the_same_order_is_known_by_its_texts_as_they_were_corrected
                of_the_same_order_many_times_at_once_one_is_taken
                a_key_that_comes_again_is_answered_though_its_numbers_are_taken
                a_moved_number_is_told_to_the_order_that_loses_it_in_the_same_append
                a_number_that_was_not_begun_is_moved_without_a_call
                a_number_of_another_account_is_never_moved_by_an_order
                a_number_that_is_released_is_free_for_everyone
                another_accounts_brand_is_not_taken_over_and_an_operator_may_share_it
                accounts_that_share_their_brands_by_policy_need_no_operator
                another_accounts_vetting_is_not_taken_over
                another_accounts_campaign_is_not_taken_over
                what_another_account_has_is_not_adopted
            }
            dependents {
                a_campaign_that_another_order_stands_on_is_withdrawn_with_the_last_of_them
                a_cancellation_with_dependents_takes_everyone_down
                a_brand_that_two_orders_found_stays_with_the_other_one
            }
            replaced {
                an_approved_campaign_is_replaced_and_its_numbers_move_after_it_is_approved
                a_refused_campaign_is_replaced_where_it_can_not_be_corrected
                a_campaign_that_others_stand_on_is_not_replaced
            }
            stuck {
                an_order_whose_numbers_are_all_parked_is_parked_and_says_so_once
                an_order_of_which_some_numbers_are_parked_is_parked_while_others_go_on
                the_months_that_a_brand_rests_are_a_plan_and_no_error
            }
            one_number {
                an_assigned_number_is_cancelled_and_its_order_stays_registered
                an_order_does_not_wait_for_a_pending_number_that_is_cancelled
                numbers_cancelled_before_their_order_are_withdrawn_once
                a_refused_number_that_is_cancelled_is_not_counted_as_refused
                an_order_of_refused_numbers_goes_on_with_those_that_are_corrected
                a_number_refused_while_its_order_is_cancelled_holds_nothing_up
                a_number_cancelled_while_its_campaign_is_suspended_is_counted
                numbers_cancelled_while_others_are_open_are_counted_as_nothing_else
            }
        }
    };
    (@tests $ground:ident; $($subject:ident { $($scenario:ident)* })*) => {
        $(mod $subject {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() -> ::anyhow::Result<()> {
                let ground = super::$ground().await?;
                let name = concat!(stringify!($subject), "::", stringify!($scenario));
                $crate::contract::run(name, &ground).await
            })*
        })*
    };
    (@names; $($subject:ident { $($scenario:ident)* })*) => {
        &[$($(concat!(stringify!($subject), "::", stringify!($scenario)),)*)*]
    };
    (@run $name:ident $ground:ident; $($subject:ident { $($scenario:ident)* })*) => {
        $($(
            if $name == concat!(stringify!($subject), "::", stringify!($scenario)) {
                let scenario = Box::pin($subject::$scenario($ground));
                return tokio::time::timeout(LONGEST, scenario).await.context("it hangs")?;
            }
        )*)*
    };
}

/// The names of all scenarios.
pub const NAMES: &[&str] = crate::contract! { @table names };

/// Runs one scenario of the table by its name, such as
/// `limits::a_hold_moves_the_next_slot_on`.
pub async fn run(name: &str, ground: &dyn Ground) -> anyhow::Result<()> {
    crate::contract! { @table run name ground }
    anyhow::bail!("the table has no scenario `{name}`")
}
