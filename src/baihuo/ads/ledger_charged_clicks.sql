-- Charged clicks of campaigns after a transaction, in order, without those that were
-- credited.
-- Bound by name: campaign_ids (a JSON list) and after_seq.
select seq, t.at_us, campaign_id, t.key, charged_minor
from clicks
join transactions t using (seq)
join spending using (seq)
where
    seq >:after_seq
    and campaign_id in (select value from json_each(:campaign_ids))
    and not exists (
        select 1
        from transactions credited
        where credited.kind = 'credit' and credited.key = t.key
    )
order by seq
