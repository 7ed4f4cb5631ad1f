//! Tokens: kept, found, listed, taken away.

use platform::token::{Role, Secret, Token, TokenHash};
use registrar::service::random;

use super::Ground;
use super::made::{account, becomes, name};

/// A token of this name, kept.
async fn add(ground: &dyn Ground, name: &str, role: Role) -> anyhow::Result<(TokenHash, Token)> {
    let created_at = ground.clock().now();
    let token = Token {
        name: name.to_owned(),
        role,
        created_at,
    };
    let hash = Secret::new(random).hash();
    ground.store().add_token(&hash, &token).await?;
    Ok((hash, token))
}

/// Of everyone's tokens, those whose names end like this.
async fn listed(ground: &dyn Ground, ending: &str) -> anyhow::Result<Vec<Token>> {
    let mut tokens = ground.store().tokens().await?;
    tokens.retain(|token| token.name.ends_with(ending));
    tokens.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tokens)
}

pub(super) async fn a_token_is_found_by_its_hash_and_by_nothing_else(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let account = Role::Account {
        account: account()?,
    };
    for role in [account, Role::Operator] {
        let (hash, token) = add(ground, &name("kim"), role).await?;
        assert_eq!(ground.store().token(&hash).await?, Some(token));
    }
    for secret in ["", "rgt_", "*", "%"] {
        assert_eq!(
            ground.store().token(&Secret::sent(secret).hash()).await?,
            None
        );
    }
    assert_eq!(
        ground.store().token(&Secret::new(random).hash()).await?,
        None
    );
    Ok(())
}

pub(super) async fn a_token_is_listed_whoever_it_belongs_to(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let ending = name("");
    let mut expected = Vec::new();
    for (at, text) in ["", "kim", "Zoë 'Z' \"", "a/b*c%", "漢字"]
        .into_iter()
        .enumerate()
    {
        let role = match at % 2 {
            0 => Role::Account {
                account: account()?,
            },
            _ => Role::Operator,
        };
        expected.push(add(ground, &format!("{text}{ending}"), role).await?.1);
    }
    expected.sort_by(|a, b| a.name.cmp(&b.name));
    becomes(expected, async || listed(ground, &ending).await).await
}

pub(super) async fn revoking_takes_every_token_of_a_name_and_no_other(
    ground: &dyn Ground,
) -> anyhow::Result<()> {
    let store = ground.store();
    let ending = name("");
    let (revoked, kept) = (format!("kim{ending}"), format!("Kim{ending}"));
    let (first, _) = add(ground, &revoked, Role::Operator).await?;
    let (second, _) = add(
        ground,
        &revoked,
        Role::Account {
            account: account()?,
        },
    )
    .await?;
    let (other, token) = add(ground, &kept, Role::Operator).await?;
    assert_eq!(store.revoke_tokens(&format!("k%{ending}")).await?, 0);
    assert_eq!(store.revoke_tokens("").await?, 0);
    becomes(3, async || Ok(listed(ground, &ending).await?.len())).await?;
    assert_eq!(store.revoke_tokens(&revoked).await?, 2);
    for hash in [first, second] {
        assert_eq!(
            store.token(&hash).await?,
            None,
            "a revoked token still works"
        );
    }
    assert_eq!(store.token(&other).await?, Some(token.clone()));
    becomes(vec![token], async || listed(ground, &ending).await).await?;
    assert_eq!(store.revoke_tokens(&revoked).await?, 0);
    Ok(())
}
