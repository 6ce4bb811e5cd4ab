-- Ad clicks of the log that the checks took out, with the first finding of each. A
-- click
-- of which another row stayed was right: what went is its copy.
-- {checks} the names of the checks, as SQL texts
with
    out_of_log as (
        select row_id, min("check") as "check"
        from findings
        where
            "table" = 'events'
            and action in ('quarantine', 'merge')
            and "check" in ({checks})
        group by row_id
    ),
    clicks as (
        select query_id, product_id, import_id || ':' || line as row_id
        from raw
        where
            event_type = 'ad_click' and query_id is not null and product_id is not null
    )
select query_id, product_id, min_by("check", row_id) as "check", min(row_id) as row_id
from clicks
join out_of_log using (row_id)
anti join
    (select query_id, product_id from clean where event_type = 'ad_click') using (
        query_id, product_id
    )
group by query_id, product_id
order by query_id, product_id
