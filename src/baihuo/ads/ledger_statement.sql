-- An advertiser's month: the opening balance, deposits one by one, clicks and
-- impressions
-- by campaign, credits one by one, the closing balance. Charges are negative.
-- Bound by name: account, advertiser, begin and end (µs).
with
    booked as (
        select t.*, - e.amount_minor as amount_minor
        from entries e
        join transactions t using (seq)
        where e.account =:account and t.at_us <:end
    ),
    spent as (
        select s.*, t.kind, t.key
        from spending s
        join transactions t using (seq)
        where s.advertiser_id =:advertiser and t.at_us >=:begin and t.at_us <:end
    ),
    lines as (
        select
            1 as part,
            'opening' as kind,
            null as campaign_id,
            null as key,
            null as finding_id,
            0 as n_events,
            coalesce(sum(amount_minor), 0) as amount_minor,
            0 as seq
        from booked
        where at_us <:begin
        union all
        select 2, kind, null, key, null, 1, amount_minor, seq
        from booked
        where kind = 'deposit' and at_us >=:begin
        union all
        select
            3,
            kind,
            campaign_id,
            null,
            null,
            sum(n_events),
            - sum(amount_minor),
            min(seq)
        from spent
        where kind <> 'credit'
        group by campaign_id, kind
        union all
        select 4, kind, campaign_id, key, c.finding_id, n_events, - amount_minor, seq
        from spent
        join credits c using (seq)
        union all
        select 5, 'closing', null, null, null, 0, coalesce(sum(amount_minor), 0), 0
        from booked
    )
select kind, campaign_id, key, finding_id, n_events, amount_minor
from lines
order by part, campaign_id, seq
