-- Findings: products with a code that other product ids have too, leading zeros
-- ignored.
--
-- {each_code} one row per code of a product, with its digits
-- {is_bar_code} whether a code has the form of a bar code
with
    codes as materialized(
        select distinct
            import_id,
            line,
            product_id,
            case
                when {is_bar_code} then ltrim(digits, '0') else lower(digits)
            end as code
        from {each_code}
        where digits <> ''
    ),
    shared as (
        select
            code,
            count(distinct product_id) as n,
            list_sort(list(distinct product_id))[:4] as ids
        from codes
        group by code
        having min(product_id) <> max(product_id)
    )
select
    import_id,
    line,
    'shared_code' as rule,
    'note' as action,
    'codes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'codes',
                code := min_by(code, code),
                n_products := min_by(n, code),
                others := min_by([i for i in ids if i <> product_id][:3], code)
            )
        ) as varchar
    ) as detail
from codes
join shared using (code)
group by import_id, line
