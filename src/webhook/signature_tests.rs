use super::*;

/// The example of the specification's reference libraries.
#[test]
fn signatures_are_those_of_standard_webhooks() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let signature = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
    assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn secrets_are_new_each_time_and_of_the_usual_form() {
    let (first, second) = (new_secret().unwrap(), new_secret().unwrap());
    assert_ne!(first, second);
    let bytes = STANDARD.decode(first.strip_prefix("whsec_").unwrap()).unwrap();
    assert_eq!(bytes.len(), SECRET_BYTES);
}
