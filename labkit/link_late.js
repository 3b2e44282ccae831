// anywidget 0.11 gives a widget's module two seconds to load; what Python says to the widget later than that is lost,
// although the widget is drawn. A weak laptop, or a page that has just begun, takes longer. Joined before link.js.

const TOO_LATE = "Failed to initialize model"; // anywidget's own words
const NOTHING = { content: { data: { method: "nothing" } } };

// Every widget of this page hears what Python says, however long its module took, and asks for what it has missed.
async function hearThoughLate(linkModel) {
  const manager = linkModel.widget_manager;
  const AnyModel = (await manager.get_model(linkModel.get("link_id"))).constructor;
  const models = AnyModel.prototype;
  if (models.labkitHears) return;
  models.labkitHears = true;
  const heard = models._handle_comm_msg;
  const late = new WeakSet();
  models._handle_comm_msg = async function (...message) {
    try {
      return await heard.apply(this, message);
    } catch (error) {
      if (!error?.message?.includes(TOO_LATE)) throw error;
      if (!late.has(this)) this.comm?.send({ method: "request_state" }, {});
      late.add(this);
      return Object.getPrototypeOf(models)._handle_comm_msg.apply(this, message);
    }
  };
  // Those that are there already were bound to the method as it was; the first message tells whether they were late.
  const bindAgain = (model) => {
    if (!(model instanceof AnyModel)) return;
    model.comm?.on_msg(model._handle_comm_msg.bind(model));
    model._handle_comm_msg(NOTHING);
  };
  for (const model of Object.values(manager._models ?? {})) model.then(bindAgain, () => {});
}
