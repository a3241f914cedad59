core.register_action("hello", { "http-req" }, function(txn)
    txn:set_var("txn.hello", "world")
end)

core.register_service("world", "http", function(applet)
    applet:set_status(200)
    applet:start_response()
    applet:send("world\n")
end)
