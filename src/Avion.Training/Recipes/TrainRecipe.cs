using System.Collections.Generic;

namespace Avion.Training.Recipes;

/// <summary>The loop itself (keys <c>train.*</c>).</summary>
public sealed record TrainRecipe
{
    public long Seed { get; init; }

    public int Epochs { get; init; } = 5;

    public int BatchSize { get; init; } = 16;

    public long MaximumSteps { get; init; }

    public bool FreezeLogitScale { get; init; }

    public bool CheckpointActivations { get; init; }

    internal static IEnumerable<RecipeKey> Keys
    {
        get
        {
            var train = new RecipeSection<TrainRecipe>("train.", r => r.Train, (r, s) => r with { Train = s });
            yield return train.Integer("seed", "Decides first weights, order, crops and captions.", 0, long.MaxValue,
                s => s.Seed, (s, v) => s with { Seed = v });
            yield return train.Integer("epochs", "Passes over the training set.", 1, 1_000_000,
                s => s.Epochs, (s, v) => s with { Epochs = (int)v });
            yield return train.Integer("batch_size", "Clips per step, all devices together; a last partial batch is left out.", 1, 1 << 20,
                s => s.BatchSize, (s, v) => s with { BatchSize = (int)v });
            yield return train.Integer("maximum_steps", "Stop after so many steps; 0: after the last epoch. The schedule does not change.",
                0, long.MaxValue, s => s.MaximumSteps, (s, v) => s with { MaximumSteps = v }).WithoutEffectOnResult();
            yield return train.Boolean("freeze_logit_scale", "Keep the softmax scale at its first value, 1/0.07.",
                s => s.FreezeLogitScale, (s, v) => s with { FreezeLogitScale = v });
            yield return train.Boolean("checkpoint_activations", "Recompute each block's activations in the backward pass instead of "
                + "keeping them.", s => s.CheckpointActivations, (s, v) => s with { CheckpointActivations = v }).WithoutEffectOnResult();
        }
    }
}
