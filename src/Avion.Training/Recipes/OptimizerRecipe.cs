namespace Avion.Training;

/// <summary>How gradients become updates (keys <c>optimizer.*</c>).</summary>
public sealed record OptimizerRecipe
{
    public string Kind { get; init; } = "adamw";

    public double LearningRate { get; init; } = 3e-5;

    /// <summary>Batch for which the rates are meant; 0: they hold as they are.</summary>
    public int LearningRateReferenceBatch { get; init; }

    public double WeightDecay { get; init; } = 0.01;

    /// <summary>A number, or empty.</summary>
    public string WeightDecayEnd { get; init; } = "";

    /// <summary>What <see cref="WeightDecayEnd"/> states; null: decay stays the same.</summary>
    public double? WeightDecayEndValue => RecipeText.TryParse(WeightDecayEnd, out double end) ? end : null;

    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.999;

    public double Epsilon { get; init; } = 1e-8;

    public double Momentum { get; init; } = 0.9;

    public double LayerDecay { get; init; } = 1;

    public double ClipGradientNorm { get; init; }

    internal static IEnumerable<RecipeKey> Keys
    {
        get
        {
            RecipeSection<OptimizerRecipe> optimizer = new("optimizer.", r => r.Optimizer, (r, s) => r with { Optimizer = s });
            yield return optimizer.Choice("kind", "Update rule: AdamW, Lion or SGD with momentum.", ["adamw", "lion", "sgd"], s => s.Kind,
                (s, v) => s with { Kind = v });
            yield return optimizer.Number("learning_rate", "Learning rate after warm-up.",
                NumberRange.AtLeast(0), s => s.LearningRate, (s, v) => s with { LearningRate = v });
            yield return optimizer.Integer("learning_rate_reference_batch", "Batch for which learning_rate, start_learning_rate and "
                + "end_learning_rate are meant: they are multiplied by train.batch_size over it. 0: they hold for any batch.", 0, 1 << 20,
                s => s.LearningRateReferenceBatch, (s, v) => s with { LearningRateReferenceBatch = (int)v });
            yield return optimizer.Number("weight_decay", "Decay of matrices, decoupled but in SGD; vectors, biases, norms and position "
                + "embeddings are exempt.", NumberRange.AtLeast(0), s => s.WeightDecay, (s, v) => s with { WeightDecay = v });
            yield return optimizer.Text("weight_decay_end", "Decay that weight_decay goes towards over the run, along half a cosine; "
                + "empty: it stays.", "a number, at least 0, or nothing",
                text => text.Length == 0 || (RecipeText.TryParse(text, out double end) && end >= 0), s => s.WeightDecayEnd,
                (s, v) => s with { WeightDecayEnd = v });
            yield return optimizer.Number("beta1", "AdamW: decay of the first moment. Lion: share of the momentum in an update.",
                NumberRange.AtLeastBelow(0, 1), s => s.Beta1, (s, v) => s with { Beta1 = v });
            yield return optimizer.Number("beta2",
                "AdamW: decay of the second moment. Lion: decay of the momentum, for which 0.99 is usual.", NumberRange.AtLeastBelow(0, 1),
                s => s.Beta2, (s, v) => s with { Beta2 = v });
            yield return optimizer.Number("epsilon", "AdamW: added to the root of the second moment.", NumberRange.AtLeast(1e-30),
                s => s.Epsilon, (s, v) => s with { Epsilon = v });
            yield return optimizer.Number("momentum", "SGD: decay of the velocity.", NumberRange.AtLeastBelow(0, 1),
                s => s.Momentum, (s, v) => s with { Momentum = v });
            yield return optimizer.Number("layer_decay",
                "Factor on the learning rate from each block to the one before it; 1: the same rate for all.", NumberRange.Between(0.01, 1),
                s => s.LayerDecay, (s, v) => s with { LayerDecay = v });
            yield return optimizer.Number("clip_gradient_norm", "Largest norm of all gradients together; 0: no clipping.",
                NumberRange.AtLeast(0), s => s.ClipGradientNorm, (s, v) => s with { ClipGradientNorm = v });
        }
    }

    /// <summary>What rates are multiplied by for a batch of so many clips.</summary>
    public double LearningRateFactor(int batchSize) => LearningRateReferenceBatch == 0 ? 1 : (double)batchSize / LearningRateReferenceBatch;

    internal IEnumerable<string> Contradictions()
    {
        if (WeightDecay == 0 && WeightDecayEndValue is > 0)
        {
            yield return $"optimizer.weight_decay is 0, so it cannot go towards optimizer.weight_decay_end {WeightDecayEnd}: expected a "
                + "number above 0, however small.";
        }
    }
}
