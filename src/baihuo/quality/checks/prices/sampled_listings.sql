-- TODO: what its rows are
-- {sample_rows}
-- {shelved}
select
    * exclude (nth, n_shelves),
    (import_id, line) in (select (import_id, line) from suspects) as is_suspect
from
    (
        select
            *,
            md5(product_id) as mixed,
            row_number() over (
                partition by shelf, currency order by md5(product_id), import_id, line
            ) as nth,
            count(distinct shelf) over () as n_shelves
        from ({shelved})
        where shelf is not null
    )
where
    nth <= greatest(50, divide({sample_rows}, n_shelves))
    or (import_id, line) in (select (import_id, line) from suspects)
