//! One declaration per setting. Its flag, its variable, its place in `waybill.toml`, its help text and its row in the
//! manual all follow from it.

/// Something that an operator can set.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Section and name, as in the file: `http.listen`.
    pub(crate) key: &'static str,
    /// What the value is called in help texts: `ADDRESS`.
    pub(crate) value: &'static str,
    /// As it would be written by hand; `None` when there is no default.
    pub(crate) default: Option<&'static str>,
    /// A sentence, without its full stop.
    pub(crate) help: &'static str,
    /// A variable that others use for the same thing, read after our own.
    pub(crate) also_env: Option<&'static str>,
    /// Whether the value must not be shown.
    pub(crate) secret: bool,
}

impl Setting {
    /// A setting with a default.
    pub(crate) const fn new(
        key: &'static str,
        value: &'static str,
        default: &'static str,
        help: &'static str,
    ) -> Self {
        Self { key, value, default: Some(default), help, also_env: None, secret: false }
    }

    /// A setting without one.
    pub(crate) const fn without_default(key: &'static str, value: &'static str, help: &'static str) -> Self {
        Self { key, value, default: None, help, also_env: None, secret: false }
    }

    /// `http.listen` is `--http-listen`, and `dev.data` is `--data`: a command does not repeat its name in its flags.
    pub(crate) fn flag(&self) -> String {
        let key = self.key.strip_prefix("dev.").or_else(|| self.key.strip_prefix("dataplane.")).unwrap_or(self.key);
        key.replace(['.', '_'], "-")
    }

    /// `http.listen` is `WAYBILL_HTTP_LISTEN`.
    pub(crate) fn env(&self) -> String {
        format!("WAYBILL_{}", self.key.replace('.', "_").to_uppercase())
    }
}
