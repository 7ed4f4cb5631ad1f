//! Makes a failing input small, as long as it fails in the same way.

use mutatis::Session;

/// Inputs that are tried.
const TRIES: usize = 2_000;

/// The same, smaller. `fails` says whether an input still does.
pub fn shrink(
    input: &[u8],
    seed: u64,
    mut fails: impl FnMut(&[u8]) -> anyhow::Result<bool>,
) -> anyhow::Result<Vec<u8>> {
    let mut least = input.to_vec();
    let mut tries = 0;
    // Runs first: halves, quarters, and so on down to single bytes.
    let mut run = least.len() / 2;
    while run > 0 && tries < TRIES {
        let mut from = 0;
        while from < least.len() && tries < TRIES {
            let to = (from + run).min(least.len());
            let mut smaller = least.clone();
            smaller.drain(from..to);
            tries += 1;
            match fails(&smaller)? {
                true => least = smaller,
                false => from = to,
            }
        }
        run /= 2;
    }
    let mut session = Session::new().seed(seed).shrink(true);
    for _ in tries..TRIES {
        let mut smaller = least.clone();
        if session.mutate(&mut smaller).is_err() {
            break;
        }
        if smaller.len() <= least.len() && smaller != least && fails(&smaller)? {
            least = smaller;
        }
    }
    Ok(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_make_an_input_fail_is_taken_out_of_it() -> anyhow::Result<()> {
        let input = b"nothing here {\"a\": 1} or there";
        let least = shrink(input, 1, |input| Ok(input.contains(&b'{')))?;
        assert_eq!(least, b"{");
        Ok(())
    }
}
