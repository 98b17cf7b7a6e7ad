namespace Avion.Training;

/// <summary>Unit vectors of captions.</summary>
public static class CaptionFeatures
{
    /// <summary>Encodes captions, [captions.Count, E].</summary>
    /// <param name="model">The model.</param>
    /// <param name="captions">Tokens of each caption, start and end included.</param>
    /// <param name="captionsPerBatch">How many are encoded at once.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static float[] Encode(
        DualEncoder model, IReadOnlyList<int[]> captions, int captionsPerBatch, CancellationToken cancellation)
    {
        int embeddingSize = model.Config.EmbeddingSize;
        float[] encoded = new float[checked(captions.Count * embeddingSize)];
        using Tape tape = new(model.Device) { IsRecording = false };
        using SequenceTable sequences = new(model.Device);
        for (int first = 0; first < captions.Count; first += captionsPerBatch)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(captionsPerBatch, captions.Count - first);
            int[] offsets = new int[count + 1];
            for (int i = 0; i < count; i++)
            {
                offsets[i + 1] = offsets[i] + captions[first + i].Length;
            }

            int[] tokens = new int[offsets[count]];
            for (int i = 0; i < count; i++)
            {
                captions[first + i].CopyTo(tokens, offsets[i]);
            }

            tape.Reset();
            Tensor ids = tape.Allocate(new Shape(tokens.Length), ElementType.Int32);
            model.Device.Upload(tokens, ids);
            model.Device.Download(model.EncodeText(tape, ids, sequences.Set(offsets)),
                encoded.AsSpan(first * embeddingSize, count * embeddingSize));
        }

        return encoded;
    }

    /// <summary>The tokens of texts, cut to a context.</summary>
    public static IReadOnlyList<int[]> Tokenize(ICaptionEncoder encoder, IEnumerable<string> texts, int contextLength)
    {
        int[] tokens = new int[contextLength];
        return [.. texts.Select(text => tokens[..encoder.Encode(Encoding.UTF8.GetBytes(text), tokens)])];
    }
}
