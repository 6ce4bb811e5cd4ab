-- What is wrong in the ledger, a row for each kind: what, the first transaction, how
-- many.
with
    legs as (select seq, sum(amount_minor) as amount_minor from entries group by seq),
    prepaid as (
        select seq, amount_minor, account from entries where account glob 'advertiser:*'
    ),
    running as (
        select
            seq,
            balance_minor
            - sum(amount_minor) over (partition by account order by seq) as off_minor
        from entries
    ),
    spent as (
        select
            *,
            sum(amount_minor) over (partition by campaign_id order by seq) as total_is,
            sum(amount_minor) over (
                partition by campaign_id, day order by seq
            ) as day_is
        from spending
    ),
    accrued as (
        select s.campaign_id, sum(i.charged_thousandths) as thousandths
        from impressions i
        join spending s using (seq)
        group by s.campaign_id
    ),
    settled as (
        select
            s.campaign_id,
            max(s.seq) as seq,
            1000
            * sum(s.amount_minor) filter (where t.kind = 'impressions') as thousandths
        from spending s
        join transactions t using (seq)
        group by s.campaign_id
    ),
    wrong(what, seq) as (
        select 'the entries of a transaction do not sum to 0', seq
        from legs
        where amount_minor <> 0
        union all
        select 'entries without their transaction', seq
        from legs
        where seq not in (select seq from transactions)
        union all
        select 'a transaction is missing', seq
        from
            (
                select seq, seq - row_number() over (order by seq) as gap
                from transactions
            )
        where gap <> 0
        union all
        select 'the balance of an account is not the sum of its entries', seq
        from running
        where off_minor <> 0
        union all
        select 'a click is not charged what its entries say', c.seq
        from clicks c
        left join prepaid p using (seq)
        where c.charged_minor <> coalesce(p.amount_minor, 0)
        union all
        select 'a transaction lacks its click, impressions, spending or credit', t.seq
        from transactions t
        left join spending s using (seq)
        where
            (t.kind = 'click' and t.seq not in (select seq from clicks))
            or (t.kind = 'impressions' and t.seq not in (select seq from impressions))
            or (t.kind = 'credit' and t.seq not in (select seq from credits))
            or (t.kind <> 'deposit') <> (s.seq is not null)
        union all
        select 'spending is not what the entries say', s.seq
        from spending s
        left join prepaid p using (seq)
        where
            s.amount_minor <> coalesce(p.amount_minor, 0)
            or coalesce(p.account, '')
            not in ('', 'advertiser:' || s.advertiser_id || ':prepaid')
        union all
        select 'what a campaign spent is not the sum of its spending', seq
        from spent
        where total_minor <> total_is or (day is not null and day_minor <> day_is)
        union all
        select 'impressions are not what was settled and carried', s.seq
        from settled s
        join spending last on last.seq = s.seq
        left join accrued a using (campaign_id)
        where
            coalesce(a.thousandths, 0)
            <> coalesce(s.thousandths, 0) + last.carry_thousandths
        union all
        select 'a credit is not what its click was charged', t.seq
        from transactions t
        left join
            transactions of_click on of_click.kind = 'click' and of_click.key = t.key
        left join clicks c on c.seq = of_click.seq
        left join spending s on s.seq = t.seq
        where t.kind = 'credit' and c.charged_minor is not - s.amount_minor
    )
select what, min(seq), count(*)
from wrong
group by what
order by min(seq)
