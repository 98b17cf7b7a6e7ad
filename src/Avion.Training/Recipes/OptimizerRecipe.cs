using System.Collections.Generic;

namespace Avion.Training.Recipes;

/// <summary>How gradients become updates (keys <c>optimizer.*</c>).</summary>
public sealed record OptimizerRecipe
{
    public string Kind { get; init; } = "adamw";

    public double LearningRate { get; init; } = 3e-5;

    public double WeightDecay { get; init; } = 0.01;

    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.999;

    public double Epsilon { get; init; } = 1e-8;

    public double ClipGradientNorm { get; init; }

    internal static IEnumerable<RecipeKey> Keys
    {
        get
        {
            var optimizer = new RecipeSection<OptimizerRecipe>("optimizer.", r => r.Optimizer, (r, s) => r with { Optimizer = s });
            yield return optimizer.Choice("kind", "Update rule.", ["adamw"], s => s.Kind, (s, v) => s with { Kind = v });
            yield return optimizer.Number("learning_rate", "Learning rate after warm-up, per step; not scaled by the batch.",
                NumberRange.AtLeast(0), s => s.LearningRate, (s, v) => s with { LearningRate = v });
            yield return optimizer.Number("weight_decay", "Decoupled decay of matrices; vectors, biases, norms and position embeddings "
                + "are exempt.", NumberRange.AtLeast(0), s => s.WeightDecay, (s, v) => s with { WeightDecay = v });
            yield return optimizer.Number("beta1", "Decay of the first moment.", NumberRange.AtLeastBelow(0, 1),
                s => s.Beta1, (s, v) => s with { Beta1 = v });
            yield return optimizer.Number("beta2", "Decay of the second moment.", NumberRange.AtLeastBelow(0, 1),
                s => s.Beta2, (s, v) => s with { Beta2 = v });
            yield return optimizer.Number("epsilon", "Added to the root of the second moment.", NumberRange.AtLeast(1e-30),
                s => s.Epsilon, (s, v) => s with { Epsilon = v });
            yield return optimizer.Number("clip_gradient_norm", "Largest norm of all gradients together; 0: no clipping.",
                NumberRange.AtLeast(0), s => s.ClipGradientNorm, (s, v) => s with { ClipGradientNorm = v });
        }
    }
}
