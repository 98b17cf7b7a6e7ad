namespace Avion.OpCases;

/// <summary>How far a whole model that computes in bfloat16 may lie from the same model in float32 or double precision.</summary>
/// <remarks>
/// bfloat16 keeps 8 bits: one rounding is at most u = 2^-8 of a number. Between the input of a model of two blocks and a gradient lie some
/// forty operations in a row, each of which rounds its result; independent roundings add up like a random walk, to about √40 of one. That
/// holds where sums do not cancel; where they do, u counts for the largest term. Master weights, gradients of parameters, statistics and
/// losses are float32 and add nothing.
/// </remarks>
public static class ModelTolerance
{
    /// <summary>How much more than rounding parameters and inputs once the roundings of all operations may do: about √40.</summary>
    public const double BFloat16Growth = 6;

    /// <summary>What is allowed in any case: six roundings.</summary>
    public const double LeastBFloat16 = 6.0 / (1 << 8);

    /// <summary>Beyond this a comparison would say nothing.</summary>
    public const double LargestBFloat16 = 0.5;

    /// <summary>Of the losses of the first steps of a training, relative to them, or to 1 where they are smaller: three roundings, for a
    /// loss is a mean over samples, and of a contrastive one each logit multiplies what the features are off by 14.</summary>
    public const double BFloat16Loss = 3.0 / (1 << 8);

    /// <summary>Of a gradient whose loss is a sum over outputs: its distance in relation to its norm. Within a norm errors are independent:
    /// forty roundings of about u / √12 make 2 u, and sums that partly cancel, as those of norms' biases do, four times as much.</summary>
    public const double BFloat16Gradient = 8.0 / (1 << 8);
}
