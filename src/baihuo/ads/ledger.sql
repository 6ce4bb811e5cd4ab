-- The ledger. A transaction's entries are written first; its own row seals them, and is
-- refused unless they sum to 0. Debits are positive, credits negative. Each row has the
-- running sums, so that only the last row is read. Rows are never changed: triggers
-- prevent mistakes, and ledger_check.sql finds what was done without them.
-- {append_only} triggers that refuse UPDATE and DELETE
create table if not exists transactions (
    seq integer primary key,
    kind text not null check (kind in ('deposit', 'click', 'impressions', 'credit')),
    key text not null,  -- reference, click id, first impression, credited click id
    at_us integer not null,
    unique (kind, key)
) strict;
create table if not exists entries (
    seq integer not null references transactions (seq) deferrable initially deferred,
    account text not null,
    amount_minor integer not null check (amount_minor <> 0),
    balance_minor integer not null,  -- of the account, with this entry
    primary key (seq, account),
    -- a liability: what advertisers have left is never less than nothing
    check (balance_minor <= 0 or account not glob 'advertiser:*')
) strict, without rowid;
create index if not exists entries_by_account on entries (account, seq, balance_minor);
-- What campaigns spent: a row for a click, for some impressions, or for a credit
-- (negative; without a day if that day was past, so that its budget stays spent).
create table if not exists spending (
    seq integer primary key references transactions (seq) deferrable initially deferred,
    advertiser_id text not null,
    campaign_id text not null,
    day text,
    n_events integer not null,  -- clicks or impressions
    amount_minor integer not null,
    day_minor integer,  -- of the campaign in that day, with this row
    total_minor integer not null,  -- of the campaign, with this row
    -- of impressions, not yet a minor unit
    carry_thousandths integer not null check (carry_thousandths between 0 and 999),
    budget_day_minor integer,
    budget_total_minor integer,
    check (amount_minor <= 0 or day_minor <= coalesce(budget_day_minor, day_minor)),
    check (amount_minor <= 0 or total_minor <= coalesce(budget_total_minor, total_minor))
) strict;
create index if not exists spending_by_day on spending (campaign_id, day, seq);
create index if not exists spending_by_campaign on spending (campaign_id, seq);
create table if not exists clicks (
    seq integer primary key references transactions (seq) deferrable initially deferred,
    campaign_version integer not null,
    product_id text not null,
    price_minor integer not null,
    charged_minor integer not null check (charged_minor between 0 and price_minor),
    limited_by text  -- why less than the price was charged
) strict;
create table if not exists impressions (
    auction_id text not null,
    slot integer not null,
    seq integer not null references transactions (seq) deferrable initially deferred,
    price_thousandths integer not null,
    charged_thousandths integer not null check (
        charged_thousandths between 0 and price_thousandths
    ),
    limited_by text,
    primary key (auction_id, slot)
) strict, without rowid;
create table if not exists credits (
    seq integer primary key references transactions (seq) deferrable initially deferred,
    finding_id text not null,
    reason text not null
) strict;
-- Promises of workers, not money: rows change and expire.
create table if not exists leases (
    campaign_id text not null,
    day text not null,
    worker_id text not null,
    advertiser_id text not null,
    amount_minor integer not null,
    expires_at_us integer not null,
    primary key (campaign_id, day, worker_id)
) strict, without rowid;
create index if not exists leases_by_advertiser on leases (advertiser_id);
create trigger if not exists entries_are_appended before insert on entries
when new.seq <= (select max(seq) from transactions)
begin select raise(abort, 'this transaction is sealed'); end;
create trigger if not exists entries_carry_the_balance before insert on entries
when new.balance_minor - new.amount_minor <> coalesce(
    (select balance_minor from entries where account = new.account order by seq desc limit 1), 0
)
begin select raise(abort, 'the balance is not the one before and this amount'); end;
create trigger if not exists transactions_balance before insert on transactions
when (select coalesce(sum(amount_minor), 0) from entries where seq = new.seq) <> 0
begin select raise(abort, 'the entries of a transaction must sum to 0'); end;
create trigger if not exists transactions_have_no_gaps before insert on transactions
when new.seq <> 1 + coalesce((select max(seq) from transactions), 0)
begin select raise(abort, 'transactions are numbered without gaps'); end;
{append_only}
