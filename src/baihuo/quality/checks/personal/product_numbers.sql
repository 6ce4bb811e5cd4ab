-- The digits of the ids, models and codes of goods that could be taken for a phone or
-- a card: digits.
-- {products} products: product_id, model, codes
select distinct regexp_replace(number, '[^0-9]', '', 'g') as digits
from
    (
        select unnest(list_concat([product_id, model], coalesce(codes, []))) as number
        from {products}
    )
where length(digits) between 7 and 19
