pub(crate) struct Fusebill;
