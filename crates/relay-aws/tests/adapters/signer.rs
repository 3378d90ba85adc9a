//! The KMS signer keeps what its port promises, at an emulator.

use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use relay_aws::{Connection, KmsSigner};
use relay_model::Sha256Digest;
use relay_pipeline::ports::{PortErrorClass, Signer};
use relay_testing::conformance;
use relay_testing::emulator::Emulator;

use crate::support;

async fn key(client: &aws_sdk_kms::Client, spec: KeySpec, usage: KeyUsageType) -> String {
    let created = client
        .create_key()
        .key_spec(spec)
        .key_usage(usage)
        .send()
        .await
        .unwrap();
    created.key_metadata.unwrap().arn.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kms_signer_keeps_what_the_port_promises() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    let client = aws_sdk_kms::Client::new(&config);
    let connection = Connection::from_config(config);
    conformance::signer(async || {
        let arn = key(&client, KeySpec::EccNistP256, KeyUsageType::SignVerify).await;
        KmsSigner::new(&connection, arn)
    })
    .await;

    let arn = key(&client, KeySpec::EccNistP256, KeyUsageType::SignVerify).await;
    let alias = client
        .create_alias()
        .alias_name("alias/relay-signing")
        .target_key_id(&arn);
    alias.send().await.unwrap();
    let signer = KmsSigner::new(&connection, "alias/relay-signing");
    assert_eq!(signer.sign(Sha256Digest::of(b"x")).await.unwrap().key_id, arn);
    assert_eq!(signer.public_key().await.unwrap().key_id, arn);

    client.disable_key().key_id(&arn).send().await.unwrap();
    let error = signer.sign(Sha256Digest::of(b"x")).await.unwrap_err();
    assert_eq!(error.class(), PortErrorClass::Permanent, "a disabled key stays so");

    let never = "00000000-0000-4000-8000-000000000000";
    let error = KmsSigner::new(&connection, never).public_key().await.unwrap_err();
    assert_eq!(error.class(), PortErrorClass::NotFound);

    let other_curve = key(&client, KeySpec::EccSecgP256K1, KeyUsageType::SignVerify).await;
    let error = KmsSigner::new(&connection, other_curve).public_key().await.unwrap_err();
    assert_eq!(error.class(), PortErrorClass::Permanent);
    assert!(error.to_string().contains("ECC_NIST_P256"), "{error}");
}
