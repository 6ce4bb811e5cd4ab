-- Listings with a number n, in the order of n, and their titles by language with
-- brand and model. A Chinese title in the English field counts as Chinese.
--
-- {rows} the products left, with titles, brand and model
select
    row_number() over (order by product_id, import_id, line) - 1 as n,
    import_id,
    line,
    case
        when is_moved
        then null
        when title_en <> ''
        then concat_ws(' ', title_en, brand, named)
    end as en,
    case
        when is_moved
        then concat_ws(' ', title_en, brand, named)
        when title_zh <> ''
        then concat_ws(' ', title_zh, brand, named)
    end as zh
from
    (
        select
            *,
            nullif(model, product_id) as named,
            title_zh is null and regexp_matches(title_en, '[一-鿿]') as is_moved
        from {rows}
    )
order by n
