-- Products with a code that other product ids have too, or several of the
-- product's own variants, leading zeros ignored. One variant of two products has one
-- code: that is said of its id.
--
-- {each_code} one row per code of a product or of one of its variants, with its digits
-- {is_bar_code} whether a code has the form of a bar code
with
    codes as materialized(
        select distinct
            import_id,
            line,
            product_id,
            variant,
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
        having
            count(distinct variant) > 1
            or (min(product_id) <> max(product_id) and bool_or(variant is null))
    )
select
    import_id,
    line,
    struct_pack(
        field := 'codes',
        code := min_by(code, code),
        n_products := min_by(n, code),
        others := min_by([i for i in ids if i <> product_id][:3], code)
    ) as detail
from codes
join shared using (code)
group by import_id, line
