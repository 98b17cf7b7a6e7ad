namespace Avion.Training;

/// <summary>The evaluators of a dual encoder that its recipe and data ask for.</summary>
internal static class DualEncoderEvaluators
{
    public static IEnumerable<IEvaluator> Of(DualEncoder model, Recipe recipe, ClipFeed feed)
    {
        CaptionedData? data = feed.Data as CaptionedData;
        ICaptionEncoder? encoder = feed.Data.Encoder;
        bool flip = DualEncoderOptions.Of(recipe).Evaluation.Flip;
        if (feed.Data.Validation is not null && data is null or { ValidationHasCaptions: true })
        {
            yield return new RetrievalEvaluator(model, feed.OpenValidation, feed.Data.Validation!.Count,
                data?.Relevancy?.Tokenize(encoder!, model.Config.Text.ContextLength))
            {
                AveragesFlips = flip,
                Outputs = feed.Outputs,
                NameClip = feed.NameClip,
                NameCaptions = data?.Relevancy is { } relevancy
                    ? _ => relevancy.Ids
                    : features => [.. features.ClipOfCaption.Select(clip => features.SampleIds[clip])
                        .Select(sample => data?.CaptionOf(sample) ?? $"caption of {feed.NameClip(sample)}")],
                CaptionTexts = data?.Relevancy?.Captions,
                IsOfEpicKitchens = feed.Data.ClipIds is not null,
            };
        }

        if (data is { ZeroShot: { } classes, Validation: { } labelled })
        {
            yield return new ZeroShotEvaluator(model, encoder!, classes, feed.OpenValidation, labelled.Count)
            {
                AveragesFlips = flip, Outputs = feed.Outputs, NameClip = feed.NameClip,
            };
        }

        if (data?.Questions is { } asked)
        {
            yield return new MultipleChoiceEvaluator(model, encoder!, asked.Questions, () => feed.OpenPass(asked.Clips), asked.Clips.Count)
            {
                AveragesFlips = flip, Outputs = feed.Outputs,
            };
        }
    }
}
