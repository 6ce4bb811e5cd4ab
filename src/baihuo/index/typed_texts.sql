-- Texts of searches, who typed them, and in which hours: of the live log those of
-- receipt, for a browser's clock may say what it likes.
-- {searched} events of searches
select
    query_text,
    list(distinct visitor_id) as visitors,
    list(
        distinct divide(
            case when import_id = 0 then received_at_us else occurred_at_us end,
            3600000000
        )
    ) as hours
from {searched} as e
where visitor_id is not null
group by all
order by all
