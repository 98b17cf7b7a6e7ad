namespace Avion.Training;

/// <summary>What one exact elimination saves.</summary>
/// <param name="Name">What is not done.</param>
/// <param name="Flops">Operations less, beside a step with the eliminations before this one.</param>
public readonly record struct FlopSaving(string Name, long Flops);

/// <summary>The operations of a training step's forward and backward pass, and what leaving out
/// unneeded work saves; from shapes alone.</summary>
/// <remarks>
/// The naive step pads captions to the context length, runs the last blocks on all rows, predicts every token, and computes the gradients
/// of frozen parameters. Each elimination changes no result (tests hold that). They are taken off one after the other, so that the savings
/// and the operations that are needed add up to the naive step. Recomputed blocks, the second pass over a batch in parts, the norm
/// and the update are not counted.
/// </remarks>
/// <param name="Naive">Operations of the naive step.</param>
/// <param name="Savings">What each elimination saves, in the order in which they are taken off.</param>
public sealed record StepFlops(long Naive, IReadOnlyList<FlopSaving> Savings)
{
    /// <summary>Operations that are left.</summary>
    public long Needed => Naive - Savings.Sum(saving => saving.Flops);

    /// <summary>The step of a recipe.</summary>
    /// <param name="recipe">Task, model and batch size.</param>
    /// <param name="captionTokens">Tokens of every caption, where captions are read.</param>
    public static StepFlops Of(Recipe recipe, int captionTokens = 0)
    {
        using PlanningDevice device = new();
        using TrainingTask task = TrainingTasks.Of(recipe).Create(TaskSetup.ForMeasuring(recipe, device));
        return Of(task, recipe.Train.BatchSize, captionTokens);
    }

    /// <summary>The step of a task on a planning device: the naive one, then the step after each elimination; frozen parameters are the
    /// last.</summary>
    public static StepFlops Of(TrainingTask task, int clips, int captionTokens = 0)
    {
        Model model = task.Model;
        Parameter[] frozen = [.. model.Parameters.Parameters.Where(parameter => parameter.IsFrozen)];
        Array.ForEach(frozen, parameter => parameter.IsFrozen = false);
        model.SkipsUnreadRows = false;
        model.RecomputesBlocks = false;
        int tokens = 0;
        long naive = Count(task, clips, tokens), before = naive;
        List<FlopSaving> savings = [];
        foreach (Elimination elimination in task.Eliminations)
        {
            tokens = elimination.Kind == EliminationKind.Padding ? captionTokens : tokens;
            model.SkipsUnreadRows |= elimination.Kind == EliminationKind.UnreadRows;
            TakeOff(elimination.Name);
        }

        if (frozen.Length > 0)
        {
            Array.ForEach(frozen, parameter => parameter.IsFrozen = true);
            TakeOff("frozen parameters get no gradient");
        }

        return new StepFlops(naive, savings);

        void TakeOff(string name)
        {
            long after = Count(task, clips, tokens);
            savings.Add(new FlopSaving(name, before - after));
            before = after;
        }
    }

    /// <summary>Writes the report as one JSON object; 10⁹ operations.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("naive_gigaflop", Naive / 1e9);
        json.WriteStartObject("saved_gigaflop");
        foreach (FlopSaving saving in Savings)
        {
            json.WriteNumber(saving.Name.Replace(' ', '_'), saving.Flops / 1e9);
        }

        json.WriteEndObject();
        json.WriteNumber("needed_gigaflop", Needed / 1e9);
        json.WriteEndObject();
    }

    private static long Count(TrainingTask task, int clips, int captionTokens)
    {
        Device device = task.Model.Device;
        device.ResetCounters();
        using Tape tape = new(device);
        using SyntheticBatch batch = task.CreateSyntheticBatch(clips, captionTokens);
        using StepMeasurements measurements = new(device);
        using BatchGradients gradients = new(task, tape, measurements, partCount: 1);
        gradients.Add(new StepContext { Seed = task.Setup.Recipe.Train.Seed, IsTraining = true }, batch.Tensors);
        return device.FlopCount;
    }
}
