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
/// and the operations that are needed add up to the naive step. Recomputed blocks, the norm and the update are not counted.
/// </remarks>
/// <param name="Naive">Operations of the naive step.</param>
/// <param name="Savings">What each elimination saves, in the order in which they are taken off.</param>
public sealed record StepFlops(long Naive, IReadOnlyList<FlopSaving> Savings)
{
    private const string PredictsHidden = "hidden tokens alone are predicted";

    /// <summary>Operations that are left.</summary>
    public long Needed => Naive - Savings.Sum(saving => saving.Flops);

    /// <summary>The step of a recipe.</summary>
    /// <param name="recipe">Model and batch size.</param>
    /// <param name="captionTokens">Tokens of every caption.</param>
    public static StepFlops Of(Recipe recipe, int captionTokens)
    {
        using PlanningDevice device = new();
        using DualEncoder model = DualEncoder.Create(ModelSetup.ConfigOf(recipe.Model, recipe.Model.Text.VocabularySize), device, seed: 0);
        model.LogitScale.IsFrozen |= recipe.Train.FreezeLogitScale;
        return Of(model, recipe.Train.BatchSize, captionTokens);
    }

    /// <summary>A contrastive step of a model on a planning device.</summary>
    public static StepFlops Of(DualEncoder model, int clips, int captionTokens)
    {
        int tokens = model.Config.Text.ContextLength;
        return Count(model, tape =>
        {
            PlannedBatch batch = new(model.Config.Vision, clips, tokens);
            tape.Backward(model.Loss(tape, batch.Pixels, batch.TokenIds, batch.Captions, out _));
            GC.KeepAlive(batch);
        },
        ("captions are not padded", () => tokens = Math.Min(captionTokens, tokens)),
        ("last blocks compute the rows that are read", () => model.SkipsUnreadRows = true));
    }

    /// <summary>A step of masked pre-training of a model on a planning device.</summary>
    public static StepFlops Of(VideoMae model, MaskPlan masks)
    {
        TubeletConfig tubelets = model.Config.Tubelets;
        Tensor clips = PlannedBatch.Clips(masks.ClipCount, tubelets.FrameCount, tubelets.ImageSize);
        return Count(model, tape => tape.Backward(model.Loss(tape, clips, masks)), (PredictsHidden, () => model.SkipsUnreadRows = true));
    }

    /// <summary>A measured step of masked pre-training.</summary>
    public static StepFlops Of(VideoMaeWork work)
    {
        using PlanningDevice device = new();
        using Model model = work.CreateModel(device);
        return Count(model, tape => tape.Backward(work.Loss(tape, model)), (PredictsHidden, () => model.SkipsUnreadRows = true));
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

    /// <summary>Counts the naive step, then the step after each elimination; frozen parameters are the last.</summary>
    private static StepFlops Count(Model model, Action<Tape> step, params ReadOnlySpan<(string Name, Action Eliminate)> eliminations)
    {
        Parameter[] frozen = [.. model.Parameters.Parameters.Where(parameter => parameter.IsFrozen)];
        Array.ForEach(frozen, parameter => parameter.IsFrozen = false);
        model.SkipsUnreadRows = false;
        model.RecomputesBlocks = false;
        long naive = Run(model, step), before = naive;
        List<FlopSaving> savings = new();
        foreach ((string name, Action eliminate) in eliminations)
        {
            eliminate();
            long after = Run(model, step);
            savings.Add(new FlopSaving(name, before - after));
            before = after;
        }

        if (frozen.Length > 0)
        {
            Array.ForEach(frozen, parameter => parameter.IsFrozen = true);
            savings.Add(new FlopSaving("frozen parameters get no gradient", before - Run(model, step)));
        }

        return new StepFlops(naive, savings);
    }

    private static long Run(Model model, Action<Tape> step)
    {
        model.Device.ResetCounters();
        using Tape tape = new(model.Device);
        step(tape);
        return model.Device.FlopCount;
    }
}
