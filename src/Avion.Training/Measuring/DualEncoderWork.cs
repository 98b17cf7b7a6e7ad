using System.Runtime.InteropServices;

namespace Avion.Training;

/// <summary>The dual encoder of a recipe, with captions of a stated number of tokens.</summary>
public sealed unsafe class DualEncoderWork : MeasuredWork
{
    private readonly Recipe _recipe;
    private readonly MemoryPlan _memory;
    private readonly PixelNoise _clips;
    private readonly int* _ids;
    private readonly int* _offsets;
    private readonly int _tokenCount;

    /// <param name="recipe">Which model, batch size and optimizer.</param>
    /// <param name="captionTokens">Tokens of every caption, at most the context length.</param>
    /// <param name="threads">Compute threads, for which memory is planned; 0 for one per processor.</param>
    public DualEncoderWork(Recipe recipe, int captionTokens, int threads = 0)
    {
        _recipe = recipe;
        _memory = MemoryBudget.Choose(recipe, threads, evaluates: false);
        int batch = BatchSize, length = Math.Min(captionTokens, recipe.Model.Text.ContextLength);
        _tokenCount = batch * length;
        _clips = new PixelNoise(batch, recipe.Model.Vision.Frames, recipe.Model.Vision.ImageSize);
        _ids = (int*)NativeMemory.Alloc((nuint)(_tokenCount * sizeof(int)));
        _offsets = (int*)NativeMemory.Alloc((nuint)((batch + 1) * sizeof(int)));

        // The last token of the vocabulary ends a text; it may stand nowhere else.
        CounterRandom random = CounterRandom.For(0, "step benchmark captions");
        int end = recipe.Model.Text.VocabularySize - 1;
        for (int token = 0; token < _tokenCount; token++)
        {
            _ids[token] = token % length == length - 1 ? end : random.Next(end);
        }

        for (int b = 0; b <= batch; b++)
        {
            _offsets[b] = b * length;
        }
    }

    /// <summary>Whether every row of the last blocks is computed, also those that reach no loss:
    /// for comparison with a plain implementation.</summary>
    public bool ComputesAllRows { get; init; }

    /// <inheritdoc />
    public override int BatchSize => _recipe.Train.BatchSize;

    /// <inheritdoc />
    public override OptimizerRecipe Optimizer => _recipe.Optimizer;

    /// <inheritdoc />
    public override Model CreateModel(Device device)
    {
        DualEncoder model = DualEncoder.Create(
            ModelSetup.ConfigOf(_recipe.Model, _recipe.Model.Text.VocabularySize), device, _recipe.Train.Seed);
        _memory.ApplyTo(model);
        model.SkipsUnreadRows = !ComputesAllRows;
        return model;
    }

    /// <inheritdoc />
    public override Tensor Loss(Tape tape, Model model)
    {
        Tensor ids = Tensor.Wrap((nint)_ids, new Shape(_tokenCount), ElementType.Int32);
        return ((DualEncoder)model).Loss(tape, _clips.Tensor, ids, new SequenceOffsets(_offsets, BatchSize), out _);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        _clips.Dispose();
        NativeMemory.Free(_ids);
        NativeMemory.Free(_offsets);
    }
}
